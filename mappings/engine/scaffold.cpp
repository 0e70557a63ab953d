#include "mappings/engine/scaffold.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "mappings/engine/scaffold_match.h"
#include "mappings/engine/types.h"

namespace hrbridge::engine {
namespace {

constexpr int kSealedLength = 64;

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string joined(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

// A name as YAML reads it back as a text.
std::string quoted(const std::string& name) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || (static_cast<unsigned char>(c) & 0x80U) != 0;
    };
    const bool word = !name.empty() && std::all_of(name.begin(), name.end(), plain) &&
                      (name.front() < '0' || name.front() > '9');
    const std::vector<std::string> taken{
        "y", "n", "yes", "no", "on", "off", "true", "false", "null"};
    if (word && !has(taken, base::to_lower_ascii(name))) {
        return name;
    }
    std::string text = "'";
    for (const char c : name) {
        text += c == '\'' ? "''" : std::string(1, c);
    }
    return text + "'";
}

std::vector<std::string> quoted(const std::vector<std::string>& names) {
    std::vector<std::string> out;
    std::transform(names.begin(), names.end(), std::back_inserter(out), [](const auto& name) {
        return quoted(name);
    });
    return out;
}

std::string contract_type(const base::DescribedColumn& column) {
    std::string type = column.type.empty() ? "text" : column.type;
    const Family family = family_of(type);
    if (column.size > 0 && (family == Family::Text || family == Family::FixedText)) {
        type += fmt::format("({})", column.size);
    } else if (column.size > 0 && family == Family::Decimal) {
        type += fmt::format("({},{})", column.size, column.scale);
    } else if (column.exact && column.scale > 0 &&
               (family == Family::Timestamp || family == Family::Time)) {
        type += fmt::format("({})", column.scale);
    } else if (column.is_unsigned && family == Family::Integer) {
        type += " unsigned";
    }
    return type + (column.nullable ? "" : "!");
}

class Maker {
  public:
    explicit Maker(const ScaffoldInput& input) : input_(input), fields_(match_fields(input)) {
        find_keys();
        find_to_do();
    }

    Scaffold make() const {
        return {fmt::format("{}map: {}\n\n{}\n{}\n{}\n{}\n{}",
                            head(),
                            module() + "/" + entity(),
                            source(),
                            sync(),
                            target(),
                            fields(),
                            tail()),
                to_do_};
    }

  private:
    // The source's name as far as a module may have it.
    std::string module() const {
        std::string name = base::to_lower_ascii(input_.source);
        std::replace_if(
            name.begin(),
            name.end(),
            [](char c) { return !is_column_name(std::string("a") + c); },
            '_');
        return is_column_name(name) ? name : "source_" + name;
    }

    std::string entity() const { return input_.entity.empty() ? "entity" : input_.entity; }

    void find_keys() {
        source_key_ = input_.key;
        target_key_ = input_.target_key;
        for (const ScaffoldField& field : fields_) {
            if (field.from == nullptr) {
                continue;
            }
            if (input_.target_key.empty() && has(source_key_, field.from->name)) {
                target_key_.push_back(field.target.name);
            } else if (input_.key.empty() && has(input_.target_key, field.target.name) &&
                       !has(source_key_, field.from->name)) {
                source_key_.push_back(field.from->name);
            }
        }
        if (source_key_.empty() && !input_.columns.empty()) {
            source_key_.push_back(input_.columns.front().name);
        }
        if (target_key_.empty() && !fields_.empty()) {
            target_key_.push_back(fields_.front().target.name);
        }
    }

    bool is_key(const ScaffoldField& field) const { return has(target_key_, field.target.name); }

    void find_to_do() {
        if (input_.entity.empty()) {
            to_do_.emplace_back("target: name the entity, its key, and its columns in fields");
        }
        std::vector<std::string> left_out;
        for (const ScaffoldField& field : fields_) {
            const bool needed = field.target.required || is_key(field);
            if (field.guessed) {
                to_do_.push_back(
                    fmt::format("fields.{}: is {} right? It was found by a part of its name",
                                field.target.name,
                                field.from->name));
            } else if (field.from == nullptr && needed) {
                to_do_.push_back(fmt::format(
                    "fields.{}: needed: give its source column (from:) or a constant (value:)",
                    field.target.name));
            } else if (field.from == nullptr) {
                left_out.push_back(field.target.name);
            }
        }
        if (!left_out.empty()) {
            to_do_.push_back("fields: without a source column, and not needed: " +
                             joined(left_out));
        }
        if (input_.key.empty()) {
            to_do_.emplace_back(
                "source.key: the source names no unique key; which columns identify a row?");
        }
        if (!input_.key.empty() && target_key_.size() < source_key_.size()) {
            to_do_.push_back(
                fmt::format("target.key: {} is coarser than the source's {}: of source rows that "
                            "share it the newest alone is kept",
                            joined(target_key_),
                            joined(source_key_)));
        }
        to_do_.emplace_back("source.read_as: the charset of texts and the zone of times");
        if (!input_.files) {
            to_do_.push_back("sync.window: the column that says when a row changed" + candidates());
        }
    }

    std::string candidates() const {
        std::vector<std::string> names;
        for (const base::DescribedColumn& column : input_.columns) {
            if (family_of(column.type) == Family::Timestamp) {
                names.push_back(column.name);
            }
        }
        return names.empty() ? "" : ", perhaps " + joined(names) + nullable(names);
    }

    std::string nullable(const std::vector<std::string>& names) const {
        for (const base::DescribedColumn& column : input_.columns) {
            if (column.nullable &&
                std::find(names.begin(), names.end(), column.name) != names.end()) {
                return "; rows whose " + column.name + " is NULL are found by sync.sweep alone";
            }
        }
        return "";
    }

    std::string head() const {
        std::string text = fmt::format(
            "# {} of the source {}.\n# Left to do, then take these "
            "lines out:\n",
            input_.table,
            input_.source);
        for (const std::string& line : to_do_) {
            text += "# <- " + line + "\n";
        }
        return text;
    }

    std::string source() const {
        std::string contract;
        for (const base::DescribedColumn& column : input_.columns) {
            contract += fmt::format("    {}: {}\n", quoted(column.name), contract_type(column));
        }
        const std::string rows = input_.files
                                     ? fmt::format("  files: {}\n", quoted(input_.table))
                                     : fmt::format(
                                           "  query: |\n    SELECT {}\n      FROM {}\n     WHERE "
                                           "{{window}} AND {{page}}\n",
                                           joined(input_.select),
                                           input_.table);
        return fmt::format(
            "source:\n"
            "  conn: {}\n"
            "  read_as: {{charset: {}, zone: Asia/Shanghai}}   # <-\n"
            "{}"
            "  key: [{}]{}\n"
            "  columns:              # the contract; ! = never NULL\n"
            "{}",
            quoted(input_.source),
            input_.charset,
            rows,
            joined(quoted(source_key_)),
            input_.key.empty() ? "   # <-" : "   # unique by the source's own index",
            contract);
    }

    std::string sync() const {
        return std::string("sync:\n  every: 15m\n") +
               (input_.files
                    ? ""
                    : "  # <- window: {by: …, overlap: 30m, hold_back: 1m}   # without it, "
                      "everything is read each time\n");
    }

    std::string target() const {
        return fmt::format(
            "target:\n  entity: {}{}\n  key: [{}]\n  write: upsert         # insert_only, upsert "
            "or history\n",
            entity(),
            input_.entity.empty() ? "   # <-" : "",
            joined(target_key_));
    }

    std::string fields() const {
        std::string text =
            "fields:                 # target column: from where, how, what must hold\n";
        for (std::size_t i = 0; i < fields_.size(); ++i) {
            text += line_of(fields_[i], i + 1);
        }
        std::vector<std::string> unused;
        for (const base::DescribedColumn& column : input_.columns) {
            if (std::none_of(fields_.begin(), fields_.end(), [&](const ScaffoldField& each) {
                    return each.from == &column;
                })) {
                unused.push_back(column.name);
            }
        }
        return unused.empty() ? text : text + "  # no field reads: " + joined(unused) + "\n";
    }

    static base::FieldType type_of(const ScaffoldField& field) {
        if (!field.target.sealed) {
            return field.target.type;
        }
        base::FieldType type = field.from == nullptr ? base::FieldType{} : field_type(*field.from);
        if (field.from == nullptr || type.kind == base::Kind::Bytes) {
            type = base::FieldType{base::Kind::Text, kSealedLength};
        }
        return type;
    }

    std::string line_of(const ScaffoldField& field, std::size_t number) const {
        const ScaffoldTarget& target = field.target;
        const bool optional = !target.required && !is_key(field);
        const base::FieldType type = type_of(field);
        std::string text = fmt::format(
            "{}: {{from: {}", target.name, field.from == nullptr ? "…" : quoted(field.from->name));
        if (type.kind != base::Kind::Bytes) {
            // An empty text that must be there is refused as NULL is; a key's would be seen as it
            // is.
            text += is_key(field) ? ", do: [trim]" : ", do: [trim, empty_to_null]";
        }
        if (!target.reference.empty()) {
            text += ", ref: " + target.reference;
        }
        const std::string type_text = base::to_string(type);
        text += ", type: " + (type.kind == base::Kind::Decimal ? "'" + type_text + "'" : type_text);
        text += target.reference.empty() ? "" : ", else: hold";
        text += optional ? ", opt: true" : "";
        text += target.pii.empty() ? "" : ", pii: " + target.pii;
        text += fmt::format(", id: F{:02}}}", number);
        if (field.from == nullptr) {
            return fmt::format("  # <- {}{}\n", text, optional ? "" : "   # needed");
        }
        return fmt::format("  {}{}\n", text, field.guessed ? "   # <-" : "");
    }

    static std::string tail() {
        return "# logic:                # SQL predicates that must hold, e.g.\n"
               "#   - {id: L01, row: 'end_date IS NULL OR end_date >= hire_date', say: …}\n\n"
               "# fixtures:             # rows to try, run by hrbridge check\n";
    }

    const ScaffoldInput& input_;
    std::vector<ScaffoldField> fields_;
    std::vector<std::string> source_key_;
    std::vector<std::string> target_key_;
    std::vector<std::string> to_do_;
};

}  // namespace

Scaffold scaffold_mapping(const ScaffoldInput& input) {
    return Maker(input).make();
}

}  // namespace hrbridge::engine
