#include "daemon/app/command_mapping_new.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "connectors/file/connector.h"
#include "connectors/odbc/sql_connector.h"
#include "daemon/app/obstacles.h"
#include "mappings/engine/scaffold.h"

namespace hrbridge::app {
namespace {

const store::EntityTable* find_entity(const std::vector<store::EntityTable>& entities,
                                      const std::string& name) {
    const auto found = std::find_if(
        entities.begin(), entities.end(), [&](const auto& each) { return each.name == name; });
    return found == entities.end() ? nullptr : &*found;
}

// Sealed columns say of themselves that they are personal; a name is kept readable for people.
std::string pii_of(const store::EntityTable& entity, const store::EntityColumn& column) {
    if (column.sealed || (entity.name == "person" && column.name == "birth_date")) {
        return "high";
    }
    return entity.name == "person" && column.name == "name" ? "name" : "";
}

engine::ScaffoldTarget target_of(const store::EntityTable& entity,
                                 const store::EntityColumn& column,
                                 const std::vector<store::EntityTable>& entities) {
    engine::ScaffoldTarget target{
        column.name, column.type, column.not_null, column.sealed, pii_of(entity, column), ""};
    const store::EntityTable* parent = find_entity(entities, column.references);
    if (parent == nullptr || parent->key.size() != 1) {
        return target;
    }
    target.reference = parent->name + "." + parent->key.front();
    for (const store::EntityColumn& each : parent->columns) {
        if (each.name == parent->key.front()) {
            target.type = each.type;
        }
    }
    return target;
}

// False, after saying what is valid, when the store has no such entity.
bool describe_entity(const std::string& name, engine::ScaffoldInput& input, Output& output) {
    const auto entities = known_entities();
    const store::EntityTable* entity = find_entity(entities, name);
    if (entity == nullptr) {
        std::string all;
        for (const store::EntityTable& each : entities) {
            all += (all.empty() ? "" : ", ") + each.name;
        }
        output.error(fmt::format("the store has no entity '{}'; it has: {}", name, all));
        return false;
    }
    input.entity = name;
    input.target_key = entity->key;
    for (const store::EntityColumn& column : entity->columns) {
        input.targets.push_back(target_of(*entity, column, entities));
    }
    return true;
}

bool describe_table(odbc::SqlConnector& source, engine::ScaffoldInput& input, Output& output) {
    input.columns = source.describe_table(input.table);
    if (input.columns.empty()) {
        std::string tables;
        for (const std::string& each : source.list_tables()) {
            tables += " " + each;
        }
        output.error(fmt::format("the source has no table '{}'; it has:{}", input.table, tables));
        return false;
    }
    input.key = source.key_columns(input.table);
    std::vector<std::string> names;
    for (const base::DescribedColumn& column : input.columns) {
        names.push_back(column.name);
    }
    input.select = source.quoted(names);
    return true;
}

base::YamlNode dataset_of_files(const std::string& pattern, const std::string& charset) {
    base::YamlNode dataset;
    dataset.kind = base::YamlNode::Kind::Map;
    base::YamlNode files;
    files.kind = base::YamlNode::Kind::Scalar;
    files.text = pattern;
    base::YamlNode read_as;
    read_as.kind = base::YamlNode::Kind::Map;
    base::YamlNode name = files;
    name.text = charset;
    read_as.entries.emplace_back("charset", name);
    dataset.entries.emplace_back("files", files);
    dataset.entries.emplace_back("read_as", read_as);
    return dataset;
}

// The headers of the files, read as `charset`.
std::vector<base::DescribedColumn> columns_of_files(file::FileConnector& source,
                                                    const std::string& pattern,
                                                    const std::string& charset) {
    const base::YamlNode dataset = dataset_of_files(pattern, charset);
    connectors::ReadRequest request;
    request.dataset = &dataset;
    std::vector<base::DescribedColumn> columns = source.open(request)->columns();
    columns.erase(std::remove_if(columns.begin(),
                                 columns.end(),
                                 [](const auto& each) { return each.name.starts_with('#'); }),
                  columns.end());
    return columns;
}

bool describe_files(file::FileConnector& source, engine::ScaffoldInput& input, Output& output) {
    input.files = true;
    try {
        input.columns = columns_of_files(source, input.table, input.charset);
    } catch (const base::ConnectorError&) {
        // Workbooks have no other charset: what is wrong with one is what was said first.
        input.charset = "gb18030";
        if (!source.validate(dataset_of_files(input.table, input.charset)).empty()) {
            throw;
        }
        input.columns = columns_of_files(source, input.table, input.charset);
    }
    if (input.columns.empty()) {
        output.error(
            fmt::format("the source's folder has no file '{}' that is whole", input.table));
        return false;
    }
    return true;
}

std::optional<std::string> outside_hours(const Services& services, const std::string& name) {
    for (const SourceConfig& source : services.config.sources) {
        if (source.name == name) {
            return outside_hours_of(source, services.config, services.clock.now());
        }
    }
    return std::nullopt;
}

bool describe_source(Services& services, engine::ScaffoldInput& input, Output& output) {
    const auto found = services.connectors.find(input.source);
    auto* const source = found == services.connectors.end() ? nullptr : found->second.get();
    if (auto* const database = dynamic_cast<odbc::SqlConnector*>(source)) {
        return describe_table(*database, input, output);
    }
    if (auto* const files = dynamic_cast<file::FileConnector*>(source)) {
        return describe_files(*files, input, output);
    }
    output.error(source == nullptr
                     ? fmt::format("the configuration has no source '{}'", input.source)
                     : fmt::format("the source '{}' says nothing of its columns; begin with a "
                                   "shipped mapping of its kind",
                                   input.source));
    return false;
}

// Whole or not at all, and never over a file that is there. Why not; empty when it is done.
std::string write_new_file(const std::string& file, const std::string& text) {
    const std::string draft = fmt::format("{}.{}.new", file, ::getpid());
    const int descriptor = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        return std::strerror(errno);
    }
    std::size_t done = 0;
    ssize_t got = 1;
    while (done < text.size() && got > 0) {
        got = ::write(descriptor, text.data() + done, text.size() - done);
        done += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    const bool written = done == text.size() && ::fsync(descriptor) == 0;
    std::string problem = written ? "" : std::strerror(errno);
    ::close(descriptor);
    if (written && ::link(draft.c_str(), file.c_str()) != 0) {
        problem = errno == EEXIST ? "it is there already" : std::strerror(errno);
    }
    ::unlink(draft.c_str());
    return problem;
}

}  // namespace

Exit new_mapping(Services& services, const CommandLine& line, Output& output) {
    engine::ScaffoldInput input;
    input.source = line.arguments[0];
    input.table = line.arguments[1];
    if (line.has("entity") && !describe_entity(line.option("entity"), input, output)) {
        return Exit::Usage;
    }
    if (const auto why = line.has("force") ? std::nullopt : outside_hours(services, input.source)) {
        output.error(fmt::format("not asked: {}", *why));
        return Exit::Failed;
    }
    if (!describe_source(services, input, output)) {
        return Exit::Usage;
    }
    const engine::Scaffold made = engine::scaffold_mapping(input);
    if (!line.has("out")) {
        output.line(made.text);
        return Exit::Done;
    }
    const std::string file = line.option("out");
    if (const std::string problem = write_new_file(file, made.text + "\n"); !problem.empty()) {
        output.error(fmt::format("{} was not written: {}", file, problem));
        return Exit::Usage;
    }
    output.line(fmt::format("{} is written. Left to do:", file));
    for (const std::string& each : made.to_do) {
        output.line("  " + each);
    }
    output.line(fmt::format("Then: hrbridge mapping preview {}", file));
    return Exit::Done;
}

}  // namespace hrbridge::app
