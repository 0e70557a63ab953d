#include "daemon/jobs/plan.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/base/text.h"
#include "daemon/base/yaml.h"
#include "mappings/engine/logic.h"

namespace hrbridge::jobs {
namespace {

using base::Kind;

const store::EntityTable* find_entity(const std::vector<store::EntityTable>& entities,
                                      const std::string& name) {
    const auto found = std::find_if(
        entities.begin(), entities.end(), [&](const auto& each) { return each.name == name; });
    return found == entities.end() ? nullptr : &*found;
}

const store::EntityColumn* find_column(const store::EntityTable& table, const std::string& name) {
    const auto found = std::find_if(table.columns.begin(),
                                    table.columns.end(),
                                    [&](const auto& each) { return each.name == name; });
    return found == table.columns.end() ? nullptr : &*found;
}

std::string nearest_hint(const std::string& name, const std::vector<std::string>& names) {
    const std::string near = base::nearest(name, names);
    return near.empty() ? "" : "; nearest: " + near;
}

engine::SqlDialect engine_dialect(store::sql::Dialect dialect) {
    return dialect == store::sql::Dialect::Postgres ? engine::SqlDialect::Postgres
                                                    : engine::SqlDialect::Sqlite;
}

// The batch's columns as the store stages them.
std::vector<engine::PredicateColumn> staged_columns(const engine::Mapping& mapping,
                                                    const store::EntityTable& table) {
    std::vector<engine::PredicateColumn> columns;
    for (const engine::FieldRule& field : mapping.fields) {
        const store::EntityColumn* column = find_column(table, field.target);
        engine::PredicateColumn staged{
            field.target, field.type, column != nullptr && field.stored && column->sealed};
        if (field.ref) {
            staged.type = base::FieldType{Kind::Int};
        }
        columns.push_back(std::move(staged));
    }
    return columns;
}

// The longest text that a field can give, in characters; 0: no bound.
int longest_text(const engine::FieldRule& field) {
    std::size_t longest = 0;
    for (const auto& [from, to] : field.codes) {
        longest = std::max(longest, base::code_points(to));
    }
    for (const std::string& choice : field.one_of) {
        longest = std::max(longest, base::code_points(choice));
    }
    if (field.value) {
        longest = std::max(longest, base::code_points(*field.value));
    }
    return longest > 0 ? static_cast<int>(longest) : field.type.length;
}

class Check {
  public:
    Check(const engine::Mapping& mapping,
          const std::vector<store::EntityTable>& entities,
          store::sql::Dialect dialect)
        : mapping_(mapping), entities_(entities), dialect_(dialect) {}

    base::Faults all() {
        table_ = find_entity(entities_, mapping_.entity);
        if (table_ == nullptr) {
            std::vector<std::string> names;
            for (const store::EntityTable& entity : entities_) {
                names.push_back(entity.name);
            }
            add(mapping_.fields.empty() ? 1 : mapping_.fields.front().line,
                "target.entity",
                fmt::format("the store has no entity '{}'{}",
                            mapping_.entity,
                            nearest_hint(mapping_.entity, names)));
            return std::move(faults_);
        }
        for (const engine::FieldRule& field : mapping_.fields) {
            check_field(field);
        }
        check_personal();
        check_key();
        check_required();
        if (mapping_.write == engine::WriteMode::History && !table_->has_history) {
            add(1,
                "target.write",
                fmt::format("{} keeps no history: write upsert", mapping_.entity));
        }
        auto logic = engine::render_logic(
            mapping_, staged_columns(mapping_, *table_), engine_dialect(dialect_));
        faults_.insert(faults_.end(), logic.faults.begin(), logic.faults.end());
        check_exists_rules();
        return std::move(faults_);
    }

  private:
    void add(int line, const std::string& path, std::string what) {
        faults_.push_back({fmt::format("{}:{}: {}", mapping_.file, line, path), std::move(what)});
    }
    void add(const engine::FieldRule& field, std::string what) {
        add(field.line, "fields." + field.target, std::move(what));
    }

    void check_field(const engine::FieldRule& field) {
        if (!field.stored) {
            return;
        }
        const store::EntityColumn* column = find_column(*table_, field.target);
        if (column == nullptr) {
            std::vector<std::string> names;
            for (const store::EntityColumn& each : table_->columns) {
                names.push_back(each.name);
            }
            add(field,
                fmt::format(
                    "{} has no column {}{}; a field that only rules look at says store: false",
                    table_->name,
                    field.target,
                    nearest_hint(field.target, names)));
            return;
        }
        if (column->not_null && field.optional) {
            add(field, "the store demands a value here: opt: true does not fit");
        } else if (column->not_null && field.ref && field.otherwise == engine::Otherwise::Null) {
            add(field, "the store demands a value here: else: null does not fit");
        }
        if (field.ref || !column->references.empty()) {
            check_reference(field, *column);
        } else {
            check_type(field, *column);
        }
    }

    void check_reference(const engine::FieldRule& field, const store::EntityColumn& column) {
        if (!field.ref) {
            add(field,
                fmt::format("this column points to {}: write ref: {}.<its key>",
                            column.references,
                            column.references));
            return;
        }
        if (column.references != field.ref->entity) {
            add(field,
                column.references.empty() ? "this column of the store points to no other entity"
                                          : fmt::format("this column points to {}, not to {}",
                                                        column.references,
                                                        field.ref->entity));
            return;
        }
        const store::EntityTable* parent = find_entity(entities_, field.ref->entity);
        if (parent == nullptr || parent->key != std::vector<std::string>{field.ref->column}) {
            add(field,
                fmt::format("{} is not the key of {}", field.ref->column, field.ref->entity));
            return;
        }
        check_parent_key(field, find_column(*parent, field.ref->column)->type);
    }

    // A longer text is the key of no parent, and a row that waits for it is found by an index that
    // holds no text of any size.
    void check_parent_key(const engine::FieldRule& field, const base::FieldType& key) {
        const int longest = longest_text(field);
        if (field.type.kind != Kind::Text ||
            (key.length > 0 && (longest == 0 || longest > key.length))) {
            add(field,
                fmt::format("the key of {} is {}: write type: {}",
                            field.ref->entity,
                            base::to_string(key),
                            base::to_string(key)));
        }
    }

    void check_type(const engine::FieldRule& field, const store::EntityColumn& column) {
        const base::FieldType& have = field.type;
        const base::FieldType& want = column.type;
        if (column.sealed) {
            if (have.kind == Kind::Bytes) {
                add(field, "bytes cannot be sealed: the store seals a value's text");
            }
            return;
        }
        if (have.kind != want.kind) {
            add(field,
                fmt::format("the store keeps {} here, not {}",
                            base::to_string(want),
                            base::to_string(have)));
            return;
        }
        const int longest = longest_text(field);
        if (want.kind == Kind::Text && want.length > 0 && (longest == 0 || longest > want.length)) {
            add(field,
                fmt::format("the store keeps at most {} characters here: write type: text({})",
                            want.length,
                            want.length));
        }
        if (want.kind == Kind::Decimal &&
            (have.scale != want.scale || have.precision > want.precision)) {
            add(field,
                fmt::format("the store keeps {} here, not {}",
                            base::to_string(want),
                            base::to_string(have)));
        }
    }

    // What the store seals must not be quoted by the reasons of rejects, in whatever field it is.
    void check_personal() {
        for (const engine::FieldRule& sealed : mapping_.fields) {
            const store::EntityColumn* column = find_column(*table_, sealed.target);
            if (column == nullptr || !column->sealed || !sealed.stored) {
                continue;
            }
            if (sealed.pii.empty()) {
                add(sealed,
                    "the store seals this column: say what it holds with pii:, or reasons of "
                    "rejects would quote its values");
            }
            for (const engine::FieldRule& field : mapping_.fields) {
                if (&field != &sealed && field.pii.empty() && !sealed.from.empty() &&
                    base::same_name(field.from, sealed.from)) {
                    add(field,
                        fmt::format("the store seals {} of the same source column: say what it "
                                    "holds with pii:, or reasons of rejects would quote its values",
                                    sealed.target));
                }
            }
        }
    }

    void check_key() {
        auto have = mapping_.target_key;
        auto want = table_->key;
        std::sort(have.begin(), have.end());
        std::sort(want.begin(), want.end());
        if (have != want) {
            add(1,
                "target.key",
                fmt::format("the key of {} is [{}]", table_->name, fmt::join(table_->key, ", ")));
        }
    }

    void check_required() {
        for (const store::EntityColumn& column : table_->columns) {
            const bool given =
                std::any_of(mapping_.fields.begin(), mapping_.fields.end(), [&](const auto& field) {
                    return field.target == column.name && field.stored;
                });
            if (column.not_null && !given) {
                add(1,
                    "fields",
                    fmt::format("{}.{} needs a value and has no field", table_->name, column.name));
            }
        }
    }

    void check_exists_rules() {
        for (const engine::LogicRule& rule : mapping_.logic) {
            if (!rule.exists) {
                continue;
            }
            const store::EntityTable* parent = find_entity(entities_, rule.exists->entity);
            if (parent == nullptr || find_column(*parent, rule.exists->column) == nullptr) {
                add(rule.line,
                    "logic." + rule.id,
                    fmt::format(
                        "the store has no {}.{}", rule.exists->entity, rule.exists->column));
            }
        }
    }

    const engine::Mapping& mapping_;
    const std::vector<store::EntityTable>& entities_;
    const store::sql::Dialect dialect_;
    const store::EntityTable* table_ = nullptr;
    base::Faults faults_;
};

store::ReferenceField::Otherwise otherwise_of(engine::Otherwise otherwise) {
    switch (otherwise) {
        case engine::Otherwise::Reject:
            return store::ReferenceField::Otherwise::Reject;
        case engine::Otherwise::Hold:
            return store::ReferenceField::Otherwise::Hold;
        case engine::Otherwise::Null:
            return store::ReferenceField::Otherwise::Null;
    }
    return store::ReferenceField::Otherwise::Reject;
}

store::StagedRule staged_rule(const engine::RenderedRule& rule) {
    store::StagedRule staged;
    staged.id = rule.id;
    staged.violation = rule.violation;
    staged.of_rows = rule.of_rows;
    staged.of_fields = rule.of_fields;
    staged.kind = rule.severity == engine::Severity::Hold ? store::RejectClass::Hold
                                                          : store::RejectClass::Row;
    staged.flag_only = rule.severity == engine::Severity::Flag;
    staged.stop = rule.severity == engine::Severity::Stop;
    staged.field = rule.field;
    staged.say = rule.say;
    return staged;
}

}  // namespace

base::Faults check_against_store(const engine::Mapping& mapping,
                                 const std::vector<store::EntityTable>& entities,
                                 store::sql::Dialect dialect) {
    return Check(mapping, entities, dialect).all();
}

store::BatchPlan make_plan(const engine::Mapping& mapping,
                           const std::vector<store::EntityTable>& entities,
                           store::sql::Dialect dialect) {
    store::BatchPlan plan;
    plan.source = mapping.connection;
    plan.mapping = mapping.name;
    plan.mapping_hash = mapping.hash;
    plan.table = *find_entity(entities, mapping.entity);
    plan.insert_only = mapping.write == engine::WriteMode::InsertOnly;
    plan.history = mapping.write == engine::WriteMode::History;
    plan.source_key = mapping.key;
    for (const engine::FieldRule& field : mapping.fields) {
        if (!field.stored) {
            plan.unstored.push_back(field.target);
        } else if (!field.pii.empty()) {
            plan.personal.push_back(field.target);
        }
        if (field.ref) {
            plan.references.push_back({field.target,
                                       field.ref->entity,
                                       field.ref->column,
                                       otherwise_of(field.otherwise),
                                       field.id});
        }
    }
    const auto logic =
        engine::render_logic(mapping, staged_columns(mapping, plan.table), engine_dialect(dialect));
    for (const engine::RenderedRule& rule : logic.rules) {
        plan.rules.push_back(staged_rule(rule));
    }
    return plan;
}

}  // namespace hrbridge::jobs
