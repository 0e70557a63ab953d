#pragma once

#include <string>
#include <vector>

#include "connectors/wecom/sandbox/sandbox.h"
#include "daemon/model/outbox.h"

namespace hrbridge::app::demo {

// The messages written to the outbox that their receiver did not get exactly once, byte for byte:
// "R1-defect_rate-12-2024-04 to hr01: 0 times". Empty: all arrived.
std::vector<std::string> not_arrived(const std::vector<model::OutboxEvent>& written,
                                     const std::vector<wecom::sandbox::Delivery>& received);

}  // namespace hrbridge::app::demo
