#pragma once

#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "daemon/store/store.h"
#include "mappings/engine/predicate.h"
#include "migration/check/scope.h"

namespace hrbridge::check {

// A rule that cannot be judged, and why; `where`: the values because of which, the first ones by
// key. Never leaves judge().
class CannotCheck final : public std::runtime_error {
  public:
    explicit CannotCheck(Note why, std::vector<Located> where = {})
        : std::runtime_error(why.code), why_(std::move(why)), where_(std::move(where)) {}
    const Note& why() const { return why_; }
    const std::vector<Located>& where() const { return where_; }

  private:
    Note why_;
    std::vector<Located> where_;
};

// An entity as rules look at it: its live rows, its fields by the store's catalogue, and which of
// them are personal by the store (sealed) or by the mappings (pii).
class Entity {
  public:
    // Throws CannotCheck where the store has no such entity.
    Entity(const Scope& scope,
           const std::vector<store::EntityTable>& tables,
           const std::string& name);

    const std::string& name() const { return table_->name; }
    const store::EntityTable& table() const { return *table_; }
    bool is_sqlite() const { return sqlite_; }
    // Throws CannotCheck where there is no such field.
    const store::EntityColumn& need(const std::string& field) const;
    // As need(), and of these kinds, and not sealed.
    const store::EntityColumn& need_plain(const std::string& field) const;
    const store::EntityColumn& need_time(const std::string& field) const;
    // Of an entity that none of the scope's mappings loads nothing is known: all its fields are,
    // but for keys and references.
    bool is_personal(const std::string& field) const;
    // Another entity of the same store.
    Entity other(const std::string& name) const { return {scope_, tables_, name}; }
    // The kind of a field's values; of a sealed one that of the mapping that fills it.
    base::FieldType value_type(const std::string& field) const;

    // "SELECT id AS row_no, fields FROM entity" of the live rows that `where` keeps.
    std::string rows(const std::vector<std::string>& fields, const std::string& where = {}) const;
    // "alias.gone_at IS NULL", and what `where` asks.
    std::string live(const std::string& alias, const std::string& where) const;
    std::vector<std::string> all_fields() const;
    std::vector<engine::PredicateColumn> predicate_columns() const;
    // Parses a predicate for this store; throws CannotCheck with what is wrong.
    engine::Predicate predicate(const std::string& text) const;
    engine::SqlDialect engine_dialect() const;

    // A field as people read it: itself, of a reference the parent's natural key. Adds the joins
    // that it needs.
    std::string shown(const std::string& field, const std::string& alias, std::string& joins) const;
    base::FieldType shown_type(const std::string& field) const;
    // The parts of the natural key, shown.
    std::vector<std::string> key_parts(const std::string& alias, std::string& joins) const;
    bool key_is_personal(std::size_t part) const { return is_personal(table_->key[part]); }
    // An instant or a day as a whole number, which both stores compare alike.
    std::string ordinal(const std::string& expression, const store::EntityColumn& column) const;

  private:
    const Scope& scope_;
    const std::vector<store::EntityTable>& tables_;
    const store::EntityTable* table_ = nullptr;
    bool sqlite_;
    bool is_mapped_ = false;
    std::set<std::string> personal_;
};

std::string as_name(const std::string& name);
// "a", "b" with `alias.` before each.
std::string listed(const std::vector<std::string>& names, const std::string& alias = {});

}  // namespace hrbridge::check
