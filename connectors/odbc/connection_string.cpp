#include "connectors/odbc/connection_string.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "daemon/base/text.h"

namespace hrbridge::odbc {
namespace {

constexpr std::string_view kSpecial = "[]{}(),;?*=!@";

bool is_name_letter(char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' || letter == ' ';
}

bool has_control(std::string_view value) {
    return std::any_of(value.begin(), value.end(), [](char letter) {
        return std::iscntrl(static_cast<unsigned char>(letter)) != 0;
    });
}

bool names(const Options& options, std::string_view name) {
    return std::any_of(
        options.attributes.begin(), options.attributes.end(), [name](const auto& attribute) {
            return base::same_name(attribute.first, name);
        });
}

void check_value(const std::string& where, std::string_view value, base::Faults& faults) {
    if (has_control(value)) {
        faults.push_back({where, "holds a control character; remove it"});
    }
    if (value.size() > kMostAttributeBytes) {
        faults.push_back(
            {where, fmt::format("is longer than {} bytes; shorten it", kMostAttributeBytes)});
    }
}

void check_name(const std::string& where, const std::string& name, base::Faults& faults) {
    constexpr std::array<std::string_view, 6> kOwn{
        "dsn", "driver", "uid", "pwd", "password", "filedsn"};
    if (name.empty() || name.size() > 64 ||
        !std::all_of(name.begin(), name.end(), is_name_letter)) {
        faults.push_back({where, "is no attribute name; use letters, digits, blanks and _"});
    }
    if (std::any_of(kOwn.begin(), kOwn.end(), [&name](std::string_view own) {
            return base::same_name(name, own);
        })) {
        faults.push_back({where, "has a setting of its own; use dsn, driver, user or password"});
    }
}

void append(std::string& text, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        text += fmt::format("{}={};", name, escape_value(value));
    }
}

}  // namespace

std::string escape_value(std::string_view value) {
    const bool plain = value.find_first_of(kSpecial) == std::string_view::npos &&
                       base::trim(value).size() == value.size();
    if (plain) {
        return std::string(value);
    }
    std::string text = "{";
    for (const char letter : value) {
        text += letter;
        if (letter == '}') {
            text += '}';
        }
    }
    return text + '}';
}

base::Faults check_options(const Options& options) {
    base::Faults faults;
    const std::string& where = options.name;
    if (options.dsn.empty() == options.driver.empty()) {
        faults.push_back({where, "needs either dsn or driver"});
    }
    check_value(where + ".dsn", options.dsn, faults);
    check_value(where + ".driver", options.driver, faults);
    if (options.driver.find_first_of("{}") != std::string::npos) {
        faults.push_back({where + ".driver", "holds a brace; give the plain name of odbcinst.ini"});
    }
    check_value(where + ".user", options.user, faults);
    check_value(where + ".password", options.password.reveal(), faults);
    for (const auto& [name, value] : options.attributes) {
        const std::string attribute = fmt::format("{}.attributes.{}", where, name);
        check_name(attribute, name, faults);
        check_value(attribute, value, faults);
    }
    if (faults.empty() &&
        connection_string(options, {}).reveal().size() > kMostConnectionBytes - 200) {
        faults.push_back({where, "has too many or too long attributes; put them into a DSN"});
    }
    return faults;
}

base::Secret connection_string(const Options& options, const Attributes& defaults) {
    std::string text;
    append(text, "DSN", options.dsn);
    if (!options.driver.empty()) {
        text += fmt::format("DRIVER={{{}}};", options.driver);
    }
    for (const auto& [name, value] : options.attributes) {
        append(text, name, value);
    }
    for (const auto& [name, value] : defaults) {
        if (!names(options, name)) {
            append(text, name, value);
        }
    }
    append(text, "UID", options.user);
    append(text, "PWD", options.password.reveal());
    return base::Secret(std::move(text));
}

}  // namespace hrbridge::odbc
