#include "daemon/app/support/words.h"

#include <array>
#include <iterator>
#include <vector>

#include <arpa/inet.h>

#include "connectors/file/record_file.h"
#include "daemon/base/text.h"

namespace hrbridge::app::support {
namespace {

constexpr std::string_view kAddress = "(address)";
constexpr std::size_t kMostParts = 12;  // of a name; an IPv6 address has eight

std::size_t size_of_gap(std::string_view text, Form form) {
    std::size_t size = 0;
    while (size < text.size() && !is_in_word(text[size])) {
        size += form == Form::Json && text[size] == '\\' ? 2U : 1U;
    }
    return std::min(size, text.size());
}

// The words of a text and what stands between them, in turn.
template <typename OfWord, typename OfOther>
void walk(std::string_view text, Form form, const OfWord& of_word, const OfOther& of_other) {
    while (!text.empty()) {
        const auto end = std::find_if_not(text.begin(), text.end(), is_in_word);
        const auto size = static_cast<std::size_t>(end - text.begin());
        of_word(text.substr(0, size));
        text.remove_prefix(size);
        const std::size_t gap = size_of_gap(text, form);
        of_other(text.substr(0, gap));
        text.remove_prefix(gap);
    }
}

bool is_v4(std::string_view word) {
    std::array<unsigned char, sizeof(in_addr)> bytes{};
    return ::inet_pton(AF_INET, std::string(word).c_str(), bytes.data()) == 1 && bytes[0] != 127 &&
           bytes[0] != 0;
}

bool is_v6(std::string_view word) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return ::inet_pton(AF_INET6, std::string(word).c_str(), bytes.data()) == 1 && word != "::1" &&
           word != "::";
}

class Remover {
  public:
    explicit Remover(const std::set<std::string>& names) : names_(names) {}

    void word(std::string_view word) {
        const std::string_view bare = without_stop(word);
        for (const std::string_view part : {word, bare, without_port(bare)}) {
            const std::string_view instead =
                is_v6(part) && !is_name(part) ? kAddress : said_of(part);
            if (!instead.empty()) {
                out_ += instead;
                out_ += word.substr(part.size());
                return;
            }
        }
        parts(word);
    }
    void other(std::string_view text) { out_ += text; }
    std::string take() { return std::move(out_); }

  private:
    bool is_name(std::string_view part) const {
        return names_.count(base::to_lower_ascii(part)) > 0;
    }
    std::string_view said_of(std::string_view part) const {
        return is_name(part) ? kRemoved : is_v4(part) ? kAddress : std::string_view();
    }
    // "u8.person", "uid:anna": the longest run of parts that is a name, wherever it begins.
    void parts(std::string_view word) {
        while (!word.empty()) {
            std::size_t known = 0;
            std::string_view instead;
            std::size_t end = 0;
            std::size_t first = 0;
            for (std::size_t i = 0; i < kMostParts && end < word.size(); ++i) {
                end = std::min(word.find_first_of(".:", end + (i == 0 ? 0 : 1)), word.size());
                first = i == 0 ? end : first;
                const std::string_view said = said_of(word.substr(0, end));
                known = said.empty() ? known : end;
                instead = said.empty() ? instead : said;
            }
            const std::size_t passed = known > 0 ? known : std::min(first + 1, word.size());
            out_ += known > 0 ? instead : word.substr(0, passed);
            word.remove_prefix(passed);
        }
    }

    const std::set<std::string>& names_;
    std::string out_;
};

// Words that are not ASCII have no ends: longer names first, since one may begin another.
std::string without_others(const std::set<std::string>& names, std::string text) {
    std::vector<std::string> others;
    std::copy_if(names.begin(), names.end(), std::back_inserter(others), [](const auto& name) {
        return !is_ascii(name);
    });
    std::sort(others.begin(), others.end(), [](const auto& a, const auto& b) {
        return a.size() > b.size();
    });
    for (const std::string& name : others) {
        std::string folded = base::to_lower_ascii(text);
        for (std::size_t at = 0; (at = folded.find(name, at)) != std::string::npos;
             at += kRemoved.size()) {
            text.replace(at, name.size(), kRemoved);
            folded.replace(at, name.size(), kRemoved);
        }
    }
    return text;
}

// The text between quotes that follows `before`, each time. Of a line that was cut, its rest.
void remove_quoted(std::string_view before, std::string& text) {
    for (std::size_t at = 0; (at = text.find(before, at)) != std::string::npos;) {
        at += before.size();
        const std::size_t end = std::min(text.find_first_of("'\"\n", at), text.size());
        text.replace(at, end - at, kRemoved);
        at += kRemoved.size();
    }
}

// 'login'@'machine', as MariaDB names an account.
void remove_accounts(std::string& text) {
    constexpr std::string_view kBetween = "'@'";
    for (std::size_t at = 0; (at = text.find(kBetween, at)) != std::string::npos;) {
        const std::size_t begin = at == 0 ? std::string::npos : text.find_last_of("'\"\n", at - 1);
        if (begin != std::string::npos && text[begin] == '\'') {
            text.replace(begin + 1, at - begin - 1, kRemoved);
            at = begin + 1 + kRemoved.size();
        }
        at += kBetween.size();
    }
    remove_quoted(kBetween, text);
}

}  // namespace

bool is_in_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == ':';
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0; });
}

bool is_number(std::string_view word) {
    return std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view without_port(std::string_view word) {
    const std::size_t colon = word.rfind(':');
    return colon != std::string_view::npos && is_number(word.substr(colon + 1))
               ? word.substr(0, colon)
               : word;
}

std::string_view without_stop(std::string_view word) {
    while (!word.empty() && (word.back() == '.' || word.back() == ':')) {
        word.remove_suffix(1);
    }
    return word;
}

std::string without(const std::set<std::string>& names, std::string_view text, Form form) {
    std::string marked(text);
    remove_accounts(marked);
    remove_quoted("Host '", marked);
    remove_quoted(file::kNamed, marked);
    marked = without_others(names, std::move(marked));
    Remover remover(names);
    walk(
        marked,
        form,
        [&](std::string_view word) { remover.word(word); },
        [&](std::string_view other) { remover.other(other); });
    return remover.take();
}

}  // namespace hrbridge::app::support
