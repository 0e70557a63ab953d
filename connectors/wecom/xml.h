#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hrbridge::wecom {

// The text of every leaf element below the root, by local name; the first of a repeated name.
// nullopt for malformed XML, any DTD (so no entity but the predefined ones can exist), processing
// instructions, more than 64 levels or 10,000 elements.
std::optional<std::map<std::string, std::string>> xml_leaves(std::string_view xml);

// Text as an XML element with its content in CDATA.
std::string xml_element(std::string_view name, std::string_view text);

}  // namespace hrbridge::wecom
