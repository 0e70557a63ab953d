#pragma once

#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "daemon/store/batch_writer.h"
#include "tests/daemon/store/both_stores.h"

namespace hrbridge::store {

struct Row {
    std::string code;
    std::string name;
};

// Rows of cause_code, and the raw block that they came from.
struct Block {
    base::Batch batch;
    std::shared_ptr<base::RawBlock> raw = std::make_shared<base::RawBlock>();

    explicit Block(std::initializer_list<Row> rows) : Block(std::vector<Row>(rows)) {}
    explicit Block(const std::vector<Row>& rows) {
        for (const char* name : {"code", "name", "class", "controllable"}) {
            batch.columns.emplace_back(name, base::FieldType{base::Kind::Text, 80});
        }
        raw->columns.resize(1);
        raw->columns[0].use_packed();
        for (const Row& row : rows) {
            add(row);
        }
    }

  private:
    void add(const Row& row) {
        base::RowHasher hasher;
        const std::vector<std::string> cells{row.code, row.name, "machine", "partly"};
        for (std::size_t i = 0; i < cells.size(); ++i) {
            batch.columns[i].append_bytes(cells[i]);
            hasher.add_text(cells[i]);
        }
        batch.hashes.push_back(hasher.finish());
        batch.source_rows.push_back(static_cast<std::uint32_t>(raw->rows));
        raw->columns[0].append(row.code);
        ++raw->rows;
    }
};

inline EntityTable find_entity(sql::Connection& connection, const std::string& name) {
    for (const EntityTable& table : entity_tables(connection)) {
        if (table.name == name) {
            return table;
        }
    }
    throw std::logic_error("no entity " + name);
}

inline BatchPlan make_plan(sql::Connection& connection,
                           const std::string& entity,
                           base::Timestamp now) {
    model::Run run;
    run.mapping = "test/" + entity;
    run.source = "test";
    run.mapping_hash = "h";
    run.started_at = now;
    BatchPlan plan;
    plan.mapping = run.mapping;
    plan.mapping_hash = run.mapping_hash;
    plan.run_id = RunRepository(connection).start(run);
    plan.table = find_entity(connection, entity);
    plan.source_columns = {{"key", "text", 0, 0, false}};
    plan.source_key = {"key"};
    return plan;
}

inline Checkpoint at(const BatchPlan& plan, const std::string& position) {
    Checkpoint checkpoint;
    checkpoint.mapping = plan.mapping;
    checkpoint.mapping_hash = plan.mapping_hash;
    checkpoint.run_id = plan.run_id;
    checkpoint.position = position;
    checkpoint.complete = false;
    return checkpoint;
}

inline BatchOutcome load(sql::Connection& connection,
                         const BatchPlan& plan,
                         const std::vector<Row>& rows,
                         const base::Clock& clock) {
    const auto writer = make_batch_writer(connection, plan, nullptr, clock);
    const Block block(rows);
    writer->append(block.batch, block.raw);
    return writer->commit(at(plan, std::to_string(rows.size())));
}

inline StagedRule rule(const std::string& id, const std::string& where) {
    StagedRule rule;
    rule.id = id;
    rule.violation = "SELECT row_no FROM {staging} WHERE " + where;
    rule.field = "name";
    rule.say = "no";
    return rule;
}

// A plan for cause codes and its writers.
class OnCauseCodes : public BothStores {
  protected:
    void SetUp() override {
        BothStores::SetUp();
        plan_ = make_plan(*connection_, "cause_code", clock_.now());
    }
    std::unique_ptr<BatchWriter> writer(sql::Connection& connection) {
        return make_batch_writer(connection, plan_, nullptr, clock_);
    }

    BatchPlan plan_;
};

}  // namespace hrbridge::store
