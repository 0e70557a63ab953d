#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "daemon/web/router.h"

namespace hrbridge::web {

// Pages are mustache templates in assets/; every value is escaped by the template. Texts come from
// assets/texts.<language>.yaml and are {{t.key}} in a template.

// The language a visitor reads: ?lang=, then his cookie, then Chinese.
std::string language_of(const Request& request);
// A text of the catalogue; the key itself when it is missing.
std::string text_of(const std::string& language, const std::string& key);

// A whole page: the template inside layout.html with navigation for the visitor's role. `title` is
// a text key; `data` an object for the template.
Response render_page(const Visit& visit,
                     const std::string& template_name,
                     const std::string& title,
                     const nlohmann::json& data);

}  // namespace hrbridge::web
