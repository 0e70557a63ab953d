#include "migration/report/report.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/ids.h"
#include "migration/report/sections.h"

namespace hrbridge::report {
namespace {

constexpr std::string_view kReasons =
    "SELECT mapping, kind, rule, reason, count(*) FROM reject WHERE state = 'open' "
    "GROUP BY mapping, kind, rule, reason";
constexpr std::string_view kHtmlId = "<meta name=\"hrbridge-report\" content=\"";
constexpr std::string_view kPdfId = "hrbridge report ";

constexpr std::string_view kExplained =
    "SELECT number, cause, remedy FROM spot_draw WHERE cause IS NOT NULL";

std::map<std::int64_t, Explained> explained_in(store::sql::Connection& live) {
    std::map<std::int64_t, Explained> all;
    const auto rows = live.query(kExplained, {});
    while (rows->next()) {
        all[rows->integer(0)] = {rows->text(1), rows->optional_text(2).value_or("")};
    }
    return all;
}

std::vector<RejectReason> reasons_in(store::sql::Connection& side) {
    std::vector<RejectReason> all;
    const auto rows = side.query(kReasons, {});
    while (rows->next()) {
        RejectReason one{rows->text(0),
                         rows->text(1),
                         rows->text(2),
                         without_values(rows->text(3)),
                         rows->integer(4)};
        const auto same = std::find_if(all.begin(), all.end(), [&](const RejectReason& each) {
            return each.mapping == one.mapping && each.kind == one.kind && each.rule == one.rule &&
                   each.reason == one.reason;
        });
        if (same == all.end()) {
            all.push_back(std::move(one));
        } else {
            same->rows += one.rows;
        }
    }
    std::stable_sort(all.begin(), all.end(), [](const RejectReason& a, const RejectReason& b) {
        return a.rows != b.rows ? a.rows > b.rows : a.reason < b.reason;
    });
    return all;
}

}  // namespace

std::string without_values(const std::string& reason) {
    std::string out;
    std::size_t at = 0;
    for (;;) {
        const std::size_t open = reason.find('"', at);
        const std::size_t close = open == std::string::npos ? open : reason.find('"', open + 1);
        if (close == std::string::npos) {
            return out + reason.substr(at, open == std::string::npos ? open : open - at) +
                   (open == std::string::npos ? "" : "\"…\"");
        }
        out += reason.substr(at, open - at) + "\"…\"";
        at = close + 1;
    }
}

Input gather(const sign_off::Scope& scope) {
    sign_off::LedgerTold told = sign_off::read_ledger(scope.live, scope.module.name, scope.trusted);
    sign_off::Standing standing = sign_off::standing(scope, told);
    const auto same = [](const auto& text) { return text; };
    Input input{scope,
                std::move(standing),
                std::move(told.entries),
                std::move(told.reveals),
                explained_in(scope.live),
                rehearsal::list(scope.live, scope.module.name),
                reasons_in(scope.side),
                told.head,
                {},
                base::Zone::utc(),
                "",
                new_id(scope.rehearsal),
                same,
                [](const ledger::Note& note) { return note.code; }};
    return input;
}

Document compose(const Input& input, const std::string& language) {
    const Words words(language, input.zone);
    const project::Title& title = input.scope.module.title;
    Document out;
    out.language = language;
    out.id = input.id;
    out.title = words("title", {{"module", language == "en" ? title.en : title.zh}});
    out.subtitle = words("subtitle",
                         {{"project", input.scope.project.name},
                          {"number", std::to_string(input.scope.rehearsal.number)},
                          {"at", words.time(input.at)},
                          {"who", input.actor}});
    out.foot = words("foot", {{"id", input.id}, {"at", words.time(input.at)}});
    const Section section{input, words, out.blocks};
    add_summary(section);
    add_moved(section);
    add_checks(section);
    add_rejects(section);
    add_trend(section);
    add_signatures(section);
    add_promotion(section);
    add_ledger(section);
    make_printable(out);
    return out;
}

std::string new_id(const rehearsal::Rehearsal& rehearsal) {
    constexpr std::size_t kDigits = 8;
    return fmt::format(
        "{}-{}-{}", rehearsal.module, rehearsal.number, base::random_id().substr(0, kDigits));
}

std::optional<std::string> shown_id(const std::string& bytes) {
    constexpr std::size_t kMostId = 80;
    for (const std::string_view mark : {kHtmlId, kPdfId}) {
        const std::size_t at = bytes.find(mark);
        if (at != std::string::npos) {
            const std::size_t from = at + mark.size();
            const std::size_t end =
                bytes.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-", from);
            if (end != std::string::npos && end > from && end - from <= kMostId) {
                return bytes.substr(from, end - from);
            }
        }
    }
    return std::nullopt;
}

}  // namespace hrbridge::report
