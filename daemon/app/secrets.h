#pragma once

#include <string>

#include "daemon/base/result.h"
#include "daemon/base/secret.h"
#include "daemon/base/yaml.h"

namespace hrbridge::app {

// Reads a secret that the configuration refers to: {credential: name} is a systemd credential
// ($CREDENTIALS_DIRECTORY/name, or plain_name or encrypted_name, as systemd calls the files of the
// folders that the package's unit loads), {file: path} a file that others cannot read, {env: NAME}
// an environment variable. A secret written into the configuration itself is a fault. One trailing
// line end is dropped. Relative paths count from `folder`.
base::Result<base::Secret> read_secret(const base::YamlNode& node,
                                       const std::string& path,
                                       const std::string& folder);

}  // namespace hrbridge::app
