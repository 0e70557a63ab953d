#include "daemon/web/render.h"

#include <array>
#include <map>
#include <stdexcept>

#include <kainjow/mustache.hpp>
#include <nlohmann/json.hpp>

#include "daemon/base/yaml.h"
#include "hrbridge_web_files.h"

namespace hrbridge::web {
namespace {

using Catalogue = std::map<std::string, std::string>;
using kainjow::mustache::data;

constexpr std::array<const char*, 2> kLanguages{"zh", "en"};

Catalogue load_catalogue(const std::string& language) {
    const std::string file = "assets/texts." + language + ".yaml";
    const auto document = base::parse_yaml(embedded_file(file), file);
    if (!document) {
        throw std::logic_error(document.fault().where + ": " + document.fault().what);
    }
    Catalogue catalogue;
    for (const auto& [key, node] : document->entries) {
        catalogue[key] = node.text;
    }
    return catalogue;
}

const Catalogue& catalogue(const std::string& language) {
    static const std::map<std::string, Catalogue> kCatalogues = [] {
        std::map<std::string, Catalogue> all;
        for (const char* each : kLanguages) {
            all[each] = load_catalogue(each);
        }
        return all;
    }();
    const auto found = kCatalogues.find(language);
    return found == kCatalogues.end() ? kCatalogues.at("zh") : found->second;
}

data to_data(const nlohmann::json& json) {
    if (json.is_object()) {
        data out(data::type::object);
        for (const auto& [key, value] : json.items()) {
            out.set(key, to_data(value));
        }
        return out;
    }
    if (json.is_array()) {
        data out(data::type::list);
        for (const auto& value : json) {
            out.push_back(to_data(value));
        }
        return out;
    }
    if (json.is_boolean()) {
        return json.get<bool>() ? data(data::type::bool_true) : data(data::type::bool_false);
    }
    if (json.is_null()) {
        return data(data::type::bool_false);
    }
    return data(json.is_string() ? json.get<std::string>() : json.dump());
}

std::string render(const std::string& name, const data& values) {
    const std::string_view text = embedded_file("assets/" + name);
    kainjow::mustache::mustache page{std::string(text)};
    if (text.empty() || !page.is_valid()) {
        throw std::logic_error("template " + name + ": " + page.error_message());
    }
    return page.render(values);
}

data texts_data(const std::string& language) {
    data texts(data::type::object);
    for (const auto& [key, text] : catalogue(language)) {
        texts.set(key, text);
    }
    return texts;
}

// The page that was asked for, in another language.
std::string in_language(const Request& request, const std::string& language) {
    auto query = request.query;
    query["lang"] = language;
    return address(request.path, query);
}

}  // namespace

std::string language_of(const Request& request) {
    std::string wanted = request.query_value("lang");
    if (wanted.empty()) {
        wanted = request.cookie("hrbridge_lang");
    }
    for (const char* each : kLanguages) {
        if (wanted == each) {
            return wanted;
        }
    }
    return "zh";
}

std::string text_of(const std::string& language, const std::string& key) {
    const Catalogue& texts = catalogue(language);
    const auto found = texts.find(key);
    return found == texts.end() ? key : found->second;
}

Response render_page(const Visit& visit,
                     const std::string& template_name,
                     const std::string& title,
                     const nlohmann::json& values) {
    const std::string language = language_of(visit.request);
    data page = to_data(values.is_null() ? nlohmann::json::object() : values);
    page.set("t", texts_data(language));
    page.set("form_token", visit.visitor == nullptr ? "" : visit.visitor->form_token);

    data layout(data::type::object);
    layout.set("t", texts_data(language));
    layout.set("language", language == "zh" ? "zh-CN" : language);
    layout.set("title", text_of(language, title));
    layout.set("content", render(template_name, page));
    layout.set("form_token", visit.visitor == nullptr ? "" : visit.visitor->form_token);
    for (const char* each : kLanguages) {
        layout.set(std::string("in_") + each, in_language(visit.request, each));
    }
    if (visit.visitor != nullptr) {
        const model::Role role = visit.visitor->account.role;
        data account(data::type::object);
        account.set("name", visit.visitor->account.name);
        layout.set("account", account);
        const auto sees = [&](const char* what, bool yes) {
            layout.set(what, yes ? data(data::type::bool_true) : data(data::type::bool_false));
        };
        sees("sees_operations", role == model::Role::Operator || role == model::Role::Implementer);
        sees("sees_findings", role == model::Role::Hr);
        sees("sees_checks", role == model::Role::Checker);
    }
    Response response;
    response.body = render("layout.html", layout);
    if (!visit.request.query_value("lang").empty()) {
        response.headers["Set-Cookie"] =
            "hrbridge_lang=" + language + "; Path=/; SameSite=Lax; HttpOnly";
    }
    return response;
}

}  // namespace hrbridge::web
