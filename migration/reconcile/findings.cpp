#include "migration/reconcile/findings.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "daemon/base/text.h"
#include "migration/check/stream.h"

namespace hrbridge::reconcile {
namespace {

bool is_null(const base::Value& value) {
    return std::holds_alternative<base::Null>(value);
}

}  // namespace

void Findings::add(Side& side, check::Located located) const {
    if (side.located.size() < listed_) {
        side.located.push_back(std::move(located));
    }
}

// Nothing is said of a sealed value but whether there is one.
check::Located Findings::differing(const engine::FieldRule& field,
                                   const std::vector<base::Value>& key,
                                   const base::Value& source,
                                   const base::Value& target) const {
    check::Located out{target_.entity().name(),
                       target_.shown_key(key),
                       field.target,
                       std::nullopt,
                       {"source_has", {}}};
    if (target_.entity().need(field.target).sealed) {
        out.note = {is_null(source)                               ? "sealed_source_null"
                    : is_null(target)                             ? "sealed_store_null"
                    : std::holds_alternative<base::Bytes>(target) ? "sealed_unopened"
                                                                  : "sealed_differs",
                    {}};
        return out;
    }
    const bool personal = target_.entity().is_personal(field.target);
    const auto shown = [&](const base::Value& value) {
        return personal ? base::mask(check::shown_text(value)) : check::shown_text(value);
    };
    if (!is_null(target)) {
        out.value = shown(target);
    }
    if (is_null(source)) {
        out.note = {"source_null", {}};
    } else {
        out.note.values["source"] = shown(source);
    }
    return out;
}

std::size_t Findings::changed(const std::vector<base::Value>& key,
                              const std::vector<base::Value>& source,
                              const std::vector<base::Value>& target,
                              Since since) {
    std::size_t differ = 0;
    for (std::size_t i = 0; i < target_.fields().size(); ++i) {
        if (source[i] != target[i]) {
            ++differ;
            add(side(since), differing(*target_.fields()[i], key, source[i], target[i]));
        }
    }
    side(since).rows += differ > 0 ? 1 : 0;
    return differ;
}

void Findings::row(const std::vector<base::Value>& key, check::Note note, Since since) {
    field(key, "", std::move(note), since);
}

void Findings::field(const std::vector<base::Value>& key,
                     const std::string& field,
                     check::Note note,
                     Since since) {
    ++side(since).rows;
    add(side(since),
        {target_.entity().name(), target_.shown_key(key), field, std::nullopt, std::move(note)});
}

void Findings::more(std::int64_t rows, Since since) {
    side(since).rows += rows;
}

std::vector<check::Located> Findings::take(Since since) {
    std::vector<check::Located> out = std::move(side(since).located);
    std::sort(out.begin(), out.end(), [](const check::Located& a, const check::Located& b) {
        return std::tie(a.key, a.field) < std::tie(b.key, b.field);
    });
    return out;
}

}  // namespace hrbridge::reconcile
