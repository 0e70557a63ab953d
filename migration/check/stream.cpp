#include "migration/check/stream.h"

#include <map>
#include <optional>

#include <fmt/format.h>

#include "daemon/store/seal_place.h"
#include "migration/check/violation.h"

namespace hrbridge::check {
namespace {

using base::Kind;

// Ids of a field's unread values that are kept to name rows by; the least by id where there are
// more.
constexpr std::size_t kMostUnread = 10'000;

template <typename T>
std::optional<base::Value> as_value(const std::optional<T>& parsed) {
    return parsed ? std::optional<base::Value>(*parsed) : std::nullopt;
}

class Stream {
  public:
    Stream(const Scope& scope, const Entity& entity, const StreamPlan& plan)
        : scope_(scope), entity_(entity) {
        std::string joins;
        const auto parts = entity.key_parts("e", joins);
        std::string columns = "e.id";
        types_.push_back({Kind::Int});
        for (std::size_t i = 0; i < parts.size(); ++i) {
            columns += ", " + parts[i];
            types_.push_back(entity.shown_type(entity.table().key[i]));
        }
        keys_ = parts.size();
        for (const std::string& field : plan.fields) {
            const bool sealed = entity.need(field).sealed;
            if (sealed && scope.keys == nullptr) {
                throw CannotCheck({"no_keys", {{"field", field}}});
            }
            columns += ", " + entity.shown(field, "e", joins);
            fields_.push_back({field, sealed, entity.value_type(field)});
            types_.push_back(sealed ? base::FieldType{Kind::Bytes} : entity.shown_type(field));
        }
        select_ = fmt::format("SELECT {} FROM {} e{} WHERE {}",
                              columns,
                              as_name(entity.name()),
                              joins,
                              entity.live("e", plan.where));
        if (plan.by_key) {
            select_ += fmt::format(" ORDER BY {}", fmt::join(parts, ", "));
        }
    }

    void read(const StreamRow& row) {
        std::vector<base::Value> cells(fields_.size());
        scope_.connection.scan(select_, types_, [&](std::span<const store::sql::ScanCell> scanned) {
            if (take(scanned, cells)) {
                row(scanned[0].word, cells);
            }
        });
        if (!unread_.empty()) {
            throw CannotCheck(why_, named());
        }
    }

  private:
    struct Field {
        std::string name;
        bool sealed = false;
        base::FieldType type;
    };

    // False where one of the row's values cannot be read.
    bool take(std::span<const store::sql::ScanCell> scanned, std::vector<base::Value>& cells) {
        bool whole = true;
        for (std::size_t i = 0; i < fields_.size(); ++i) {
            const auto& cell = scanned[1 + keys_ + i];
            if (!fields_[i].sealed || cell.null) {
                cells[i] = to_value(cell, types_[1 + keys_ + i]);
            } else if (auto value = opened(scanned, fields_[i], cell.bytes)) {
                cells[i] = std::move(*value);
            } else {
                whole = false;
                note_unread(fields_[i].name, scanned[0].word);
            }
        }
        return whole;
    }

    void note_unread(const std::string& field, std::int64_t id) {
        std::vector<std::int64_t>& ids = unread_[field];
        if (ids.size() < kMostUnread) {
            ids.push_back(id);
        }
    }

    std::vector<Located> named() const {
        std::vector<Located> out;
        for (const auto& [field, ids] : unread_) {
            for (FoundRow& row : locate(scope_, entity_, ids, field)) {
                row.located.note = {why_.code == "cannot_open" ? "sealed_unopened" : "", {}};
                out.push_back(std::move(row.located));
            }
        }
        return out;
    }

    // nullopt: it cannot be read, and why_ says why.
    std::optional<base::Value> opened(std::span<const store::sql::ScanCell> scanned,
                                      const Field& field,
                                      std::string_view sealed) {
        std::string key;
        for (std::size_t i = 0; i < keys_; ++i) {
            const base::Value part = to_value(scanned[1 + i], types_[1 + i]);
            key += (i == 0 ? "" : "/") + shown_text(part);
        }
        auto plain = scope_.keys->open(sealed, store::seal_place(entity_.name(), field.name, key));
        if (!plain) {
            why_ = {"cannot_open", {{"field", field.name}}};
            return std::nullopt;
        }
        auto value = parse_plain(std::move(plain).value(), field.type);
        if (!value) {
            why_ = {"sealed_type", {{"field", field.name}}};
        }
        return value;
    }

    const Scope& scope_;
    const Entity& entity_;
    std::vector<base::FieldType> types_;
    std::size_t keys_ = 0;
    std::vector<Field> fields_;
    std::string select_;
    Note why_;
    std::map<std::string, std::vector<std::int64_t>> unread_;  // ids by field
};

}  // namespace

base::Value to_value(const store::sql::ScanCell& cell, const base::FieldType& type) {
    if (cell.null) {
        return base::Null{};
    }
    switch (type.kind) {
        case Kind::Int:
            return cell.word;
        case Kind::Bool:
            return cell.word != 0;
        case Kind::Decimal:
            return base::Decimal(cell.decimal, type.scale);
        case Kind::Text:
            return std::string(cell.bytes);
        case Kind::Bytes:
            return base::Bytes{std::string(cell.bytes)};
        case Kind::Date:
            return base::Date(std::chrono::days(cell.word));
        case Kind::Timestamp:
            return base::Timestamp(std::chrono::microseconds(cell.word));
    }
    return base::Null{};
}

std::string shown_text(const base::Value& value) {
    const auto* const text = std::get_if<std::string>(&value);
    return text != nullptr ? *text : base::to_string(value);
}

std::optional<base::Value> parse_plain(std::string text, const base::FieldType& type) {
    switch (type.kind) {
        case Kind::Text:
            return base::Value(std::move(text));
        case Kind::Int:
        case Kind::Decimal: {
            const auto number = base::Decimal::parse(text);
            return as_value(number ? number->rescaled(type.kind == Kind::Int ? 0 : type.scale)
                                   : std::nullopt);
        }
        case Kind::Date:
            return as_value(base::parse_date(text));
        case Kind::Timestamp:
            return as_value(base::parse_timestamp(text));
        case Kind::Bool:
        case Kind::Bytes:
            break;
    }
    return std::nullopt;
}

void stream_rows(const Scope& scope,
                 const Entity& entity,
                 const StreamPlan& plan,
                 const StreamRow& row) {
    Stream(scope, entity, plan).read(row);
}

}  // namespace hrbridge::check
