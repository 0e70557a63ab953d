#include "mappings/engine/checks.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace hrbridge::engine {
namespace {

using NamedCheck = std::pair<std::string_view, Check>;
constexpr std::array kChecks{NamedCheck{"cn_id_card", Check::CnIdCard},
                             NamedCheck{"cn_mobile", Check::CnMobile},
                             NamedCheck{"cn_uscc", Check::CnUscc},
                             NamedCheck{"email", Check::Email},
                             NamedCheck{"not_future", Check::NotFuture},
                             NamedCheck{"not_weekend", Check::NotWeekend}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), is_digit);
}

int number_of(std::string_view digits) {
    int number = 0;
    for (const char c : digits) {
        number = number * 10 + (c - '0');
    }
    return number;
}

// The first two digits of GB/T 2260: the provinces, and 83 for residents of Taiwan.
bool is_province(int code) {
    constexpr std::array kProvinces{11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34,
                                    35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
                                    53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83, 91};
    return std::binary_search(kProvinces.begin(), kProvinces.end(), code);
}

std::optional<base::Date> birth_of(std::string_view number) {
    const bool old_form = number.size() == 15;
    const int year =
        old_form ? 1900 + number_of(number.substr(6, 2)) : number_of(number.substr(6, 4));
    const std::string_view rest = number.substr(old_form ? 8 : 10, 4);
    const std::chrono::year_month_day day{
        std::chrono::year{year},
        std::chrono::month{static_cast<unsigned>(number_of(rest.substr(0, 2)))},
        std::chrono::day{static_cast<unsigned>(number_of(rest.substr(2, 2)))}};
    if (!day.ok() || year < 1850) {
        return std::nullopt;
    }
    return base::Date{day};
}

char id_check_character(std::string_view number) {
    constexpr std::array kWeights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    constexpr std::string_view kCharacters = "10X98765432";
    int sum = 0;
    for (std::size_t i = 0; i < kWeights.size(); ++i) {
        sum += (number[i] - '0') * kWeights[i];
    }
    return kCharacters[static_cast<std::size_t>(sum % 11)];
}

std::string_view mobile_problem(std::string_view text) {
    if (text.size() != 11 || !all_digits(text)) {
        return "a mobile number has 11 digits";
    }
    if (text[0] != '1' || text[1] < '3') {
        return "a mobile number begins with 13 to 19";
    }
    return {};
}

// GB 32100-2015: 31 characters without I, O, S, V, Z; weights are powers of 3 modulo 31.
std::string_view uscc_problem(std::string_view text) {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    if (text.size() != 18) {
        return "a social credit code has 18 characters";
    }
    std::size_t sum = 0;
    std::size_t weight = 1;
    for (std::size_t i = 0; i < 17; ++i) {
        const std::size_t value = kAlphabet.find(text[i]);
        if (value == std::string_view::npos) {
            return "a social credit code has digits and capital letters without I, O, S, V and Z";
        }
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    if (text[17] != kAlphabet[(31 - sum % 31) % 31]) {
        return "the check character of the social credit code does not fit";
    }
    return {};
}

bool is_email_character(char c) {
    const auto code = static_cast<unsigned char>(c);
    return code > 0x20 && code < 0x7F &&
           std::string_view("()<>[]:;,\\\"@").find(c) == std::string_view::npos;
}

bool is_domain(std::string_view domain) {
    bool dotted = false;
    std::size_t label = 0;
    for (const char c : domain) {
        if (c == '.') {
            if (label == 0) {
                return false;
            }
            dotted = true;
            label = 0;
        } else if (is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-') {
            ++label;
        } else {
            return false;
        }
    }
    return dotted && label > 0;
}

std::string_view email_problem(std::string_view text) {
    const std::size_t at = text.find('@');
    if (text.size() > 254 || at == std::string_view::npos || at == 0 || at > 64) {
        return "an e-mail address has the form name@domain";
    }
    const std::string_view name = text.substr(0, at);
    const bool dots =
        name.front() == '.' || name.back() == '.' || name.find("..") != std::string_view::npos;
    if (dots || !std::all_of(name.begin(), name.end(), is_email_character)) {
        return "the part of the e-mail address before @ is not well-formed";
    }
    if (!is_domain(text.substr(at + 1))) {
        return "the part of the e-mail address behind @ is no domain";
    }
    return {};
}

}  // namespace

std::optional<Check> find_check(std::string_view name) {
    for (const auto& [known, check] : kChecks) {
        if (known == name) {
            return check;
        }
    }
    return std::nullopt;
}

std::span<const std::string> check_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const auto& [known, check] : kChecks) {
            all.emplace_back(known);
        }
        return all;
    }();
    return names;
}

std::string_view cn_id_problem(std::string_view number) {
    if (number.size() != 15 && number.size() != 18) {
        return "an identity number has 18 characters, or 15 of the first generation";
    }
    if (!all_digits(number.substr(0, number.size() == 18 ? 17 : 15))) {
        return "an identity number has digits only, but for a last X";
    }
    if (!is_province(number_of(number.substr(0, 2)))) {
        return "the identity number does not begin with a province";
    }
    if (!birth_of(number)) {
        return "the birth date in the identity number does not exist";
    }
    if (number.size() == 18) {
        const char last = number[17] == 'x' ? 'X' : number[17];
        if (last != id_check_character(number)) {
            return "the check digit of the identity number does not fit";
        }
    }
    return {};
}

base::Date cn_id_birth_date(std::string_view number) {
    return birth_of(number).value_or(base::Date{});
}

bool cn_id_is_male(std::string_view number) {
    const char digit = number[number.size() == 15 ? 14 : 16];
    return (digit - '0') % 2 == 1;
}

std::string_view check_text(Check check, std::string_view text) {
    switch (check) {
        case Check::CnIdCard:
            return cn_id_problem(text);
        case Check::CnMobile:
            return mobile_problem(text);
        case Check::CnUscc:
            return uscc_problem(text);
        case Check::Email:
            return email_problem(text);
        case Check::None:
        case Check::NotFuture:
        case Check::NotWeekend:
            return {};
    }
    return {};
}

}  // namespace hrbridge::engine
