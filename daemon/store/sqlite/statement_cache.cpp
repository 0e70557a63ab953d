#include "daemon/store/sqlite/statement_cache.h"

#include <charconv>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "daemon/store/sqlite/cells.h"
#include "daemon/store/sqlite/error.h"

namespace hrbridge::store::sqlite {
namespace {

constexpr std::size_t kMostStatements = 128;

std::size_t value_index(const char* name) {
    const std::string_view text = name == nullptr ? std::string_view{} : std::string_view{name};
    std::size_t number = 0;
    if (text.size() > 1 && text.front() == '$') {
        const auto parsed = std::from_chars(text.data() + 1, text.data() + text.size(), number);
        if (parsed.ptr == text.data() + text.size() && number > 0) {
            return number - 1;
        }
    }
    throw std::logic_error(fmt::format("a placeholder that is not $n: \"{}\"", text));
}

}  // namespace

void Statement::Finalizer::operator()(sqlite3_stmt* handle) const {
    sqlite3_finalize(handle);
}

void Statement::bind(sqlite3* database, std::span<const base::Value> values) const {
    for (std::size_t i = 0; i < value_of.size(); ++i) {
        if (value_of[i] >= values.size()) {
            throw std::logic_error("a statement has more placeholders than values");
        }
        const int code = bind_value(handle.get(), static_cast<int>(i + 1), values[value_of[i]]);
        if (code != SQLITE_OK) {
            throw make_error(sqlite3_extended_errcode(database), database, "binding a value");
        }
    }
}

Statement& StatementCache::get(std::string_view sql) {
    std::string key(sql);
    const auto found = statements_.find(key);
    if (found != statements_.end()) {
        return found->second;
    }
    if (statements_.size() >= kMostStatements) {
        statements_.clear();
    }
    return statements_.emplace(std::move(key), prepare(sql)).first->second;
}

Statement StatementCache::prepare(std::string_view sql) const {
    sqlite3_stmt* handle = nullptr;
    const int code = sqlite3_prepare_v3(database_,
                                        sql.data(),
                                        static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT,
                                        &handle,
                                        nullptr);
    Statement statement;
    statement.handle.reset(handle);
    if (code != SQLITE_OK) {
        throw make_error(sqlite3_extended_errcode(database_), database_, "preparing a statement");
    }
    const int parameters = sqlite3_bind_parameter_count(handle);
    for (int i = 1; i <= parameters; ++i) {
        statement.value_of.push_back(value_index(sqlite3_bind_parameter_name(handle, i)));
    }
    return statement;
}

}  // namespace hrbridge::store::sqlite
