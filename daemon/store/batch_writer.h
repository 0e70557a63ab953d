#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/base/batch.h"
#include "daemon/base/clock.h"
#include "daemon/base/raw_block.h"
#include "daemon/base/seal.h"
#include "daemon/store/first_load.h"
#include "daemon/store/store.h"

namespace hrbridge::store {

// Where a mapping's reading stands. Read from the store and nowhere else; written in the batch's
// own transaction.
struct Checkpoint {
    std::string mapping;
    std::string mapping_hash;
    std::int64_t run_id = 0;
    std::string position;                        // connector's; empty: at the start of the window
    bool complete = true;                        // false: the run under way goes on at `position`
    std::optional<base::Timestamp> window_from;  // of the run; absent: from the beginning
    std::optional<base::Timestamp> window_to;    // upper bound, fixed for the run; never moves back
    std::string memory;  // connector's: what its last reading that came to its end left
    // The bound that the source's clock itself gave when the window was decided: before window_to
    // when the clock had been set back.
    std::optional<base::Timestamp> reached;
    // The run in which this reading began, perhaps an earlier one than run_id; 0: not known.
    std::int64_t first_run = 0;
    // Counts the mapping's readings from the beginning, as far as keys_changed; its parity tells
    // the rows that the one under way has found from those of the one before.
    std::int64_t epoch = 0;
    // Rows came whose source row was not 0 (base::Batch::sources). The writer adds what it sees.
    bool keys_changed = false;
    // jobs::OwnClock of the moment at which the window was decided; empty: not known.
    std::string own_clock;
    // With `complete`: connectors::Source::parts_read(). Open rejects of rows without a key that
    // these parts had before this reading, and no longer, are closed as corrected. Not stored.
    std::vector<std::string> parts_read;
};
std::optional<Checkpoint> read_checkpoint(sql::Connection& connection, const std::string& mapping);

enum class RejectClass { Row, Hold };

// A row that could not be stored. `packed_row` is base::pack_row(); it is sealed before it is
// written.
struct Reject {
    RejectClass kind = RejectClass::Row;
    std::string rule;
    std::string field;
    std::string reason;
    std::string source_key;  // for people, masked where personal
    std::string packed_row;
    std::string waits_for;  // holds: "org_unit.code=D0404"
    std::string digest;     // RawBlock::kept_as; empty for a row from the source
    std::uint32_t row = 0;  // in the block that count_read() announced, or that append() brings

    // About what it takes while it waits for the commit.
    std::size_t kept_bytes() const {
        constexpr std::size_t kBesideTheRow = 640;
        return kBesideTheRow + packed_row.size();
    }
};

// A reference field of the batch: natural keys as text, to be resolved to the parent's id.
struct ReferenceField {
    std::string column;      // "org_unit_id"
    std::string entity;      // "org_unit"
    std::string key_column;  // "code"
    enum class Otherwise { Reject, Hold, Null } otherwise = Otherwise::Reject;
    std::string rule;  // rule id
};

// A logic rule rendered for this store. `violation` is a SELECT of staged row numbers
// ("row_no") that break the rule; {staging} stands for the staged batch's table.
struct StagedRule {
    std::string id;
    std::string violation;
    RejectClass kind = RejectClass::Row;
    bool flag_only = false;  // count, do not take the row out
    bool stop = false;       // any violation fails the run
    std::string field;
    std::string say;
    bool of_rows = false;    // judges each row by itself: also the rows that a newer one overtakes
    bool of_fields = false;  // looks at nothing but the row's own fields
};

// What a batch tells the ledger of an entity that was promoted.
struct SealedContent {
    std::string entity;
    std::string mapping;
    std::string identity;   // of the batch, 32 bytes
    std::string root;       // ContentSum::digest(), 32 bytes
    std::int64_t rows = 0;  // of the entity, gone ones too
};

struct BatchPlan {
    std::string source;
    std::string mapping;
    std::string mapping_hash;
    std::int64_t run_id = 0;  // 0: only preview() may be called
    std::int64_t epoch = 0;   // Checkpoint::epoch of the reading
    EntityTable table;
    bool insert_only = false;
    bool history = false;
    std::vector<base::DescribedColumn> source_columns;  // of the raw blocks
    std::vector<std::string> source_key;  // source columns that identify a row: how the same
                                          // row is known again among the rejects
    // That key as people may see it, personal parts masked; absent: nothing is shown.
    std::function<std::string(const base::RawBlock&, std::size_t row)> show_key;
    std::vector<std::string> personal;  // target columns that a preview masks, beside sealed
    std::vector<std::string> unstored;  // batch columns that only rules look at
    std::vector<ReferenceField> references;
    std::vector<StagedRule> rules;
    // Of the stored rows whose base::Batch::times are below this, BatchOutcome::late tells.
    std::optional<std::int64_t> late_before = std::nullopt;
    // Whether this is a mapping's way of filling an entity: a first load may then put indexes and
    // foreign keys off until its end. False for a preview and a sweep.
    bool may_put_off = true;
    // A first load into an empty entity may go straight into its table; false after
    // DirectLoadRefused.
    bool may_load_directly = true;
    // PostgreSQL: batches that do not complete the reading need not be on disk when they are
    // committed. For whoever goes on from the store's checkpoint after a crash, and in the end
    // commits something that waits.
    bool disk_may_follow = false;
    // Of the foreign keys that a first load has put off.
    FirstLoad::Proof foreign_keys = FirstLoad::Proof::ByTheStore;
    // ErasedPeople::epoch() of the reading: after a later erasure no batch is begun, and it has to
    // be read again (StoreError of Retry). Absent: nobody looks.
    std::optional<std::int64_t> erased_epoch = std::nullopt;
    // FactTermState::epoch of the reading, likewise.
    std::optional<std::int64_t> term_epoch = std::nullopt;
    std::string lease;  // name whose fencing token is checked at commit
    std::int64_t fencing_token = 0;
    // Tells the ledger, in the batch's transaction and at its end, what an entity that was promoted
    // holds now (store/content_sum.h). Empty: only entities that never were can be written.
    std::function<void(sql::Connection&, const SealedContent&)> seal_content = {};
};

struct BatchOutcome {
    std::int64_t batch_id = 0;
    std::int64_t read = 0;
    std::int64_t inserted = 0;
    std::int64_t updated = 0;
    std::int64_t unchanged = 0;
    // Rows of a key of which the batch or the store has a newer one, refused ones too when the last
    // one was good.
    std::int64_t duplicates = 0;
    std::map<std::string, std::int64_t> rejected;  // by rule
    std::map<std::string, std::int64_t> held;      // by rule
    std::map<std::string, std::int64_t> flagged;   // by rule
    std::int64_t retired = 0;                      // see BatchWriter::retire
    std::int64_t corrected = 0;                    // rejects closed because of parts_read
    std::vector<std::int64_t> late = {};  // base::Batch::times of inserted and updated rows
    // At the end of a reading from the beginning: rows of the store whose source row it did not
    // find, and to which another source row of the same key gave way. The next such reading takes
    // that one.
    std::int64_t abandoned = 0;
};

// One changed record of a dry run.
struct RecordChange {
    std::string key;
    std::string action;               // insert, update, reject, hold
    std::vector<std::string> fields;  // "hire_date: 2019-03-01 → 2019-04-01"; personal
                                      // values masked
};

// The table refused rows that were loaded straight into it, such as a key that comes twice. The
// batch was rolled back; read it again and write it with BatchPlan::may_load_directly = false.
class DirectLoadRefused final : public base::StoreError {
  public:
    explicit DirectLoadRefused(const base::StoreError& cause)
        : StoreError(cause.code(), base::Remedy::Retry, cause.what()) {}
};

// An entity's keys, each one text, and how new the source's row is (base::Batch::times; absent
// where the source does not say).
using RetiredKeys = std::map<std::string, std::optional<std::int64_t>>;

// Writes the batches of one run: staging by the bulk path, references, logic rules, merge,
// rejects, checkpoint, all in one transaction a batch. One thread. Throws StoreError; after a
// throw the batch is rolled back and abandon() was done.
class BatchWriter {
  public:
    virtual ~BatchWriter() = default;
    // Starts a batch if none is open and stages the rows. `raw` is the block that they came from
    // (batch.source_rows are its rows): a row that a reference or a rule takes out later is packed
    // from it. What may still be refused at the commit is kept until then.
    virtual void append(const base::Batch& batch, std::shared_ptr<const base::RawBlock> raw) = 0;
    virtual void reject(Reject reject) = 0;
    // The next block of so many rows, rejected ones too; its rejects and rows follow. A batch for
    // which it is never called maps kept rows again: the run does not count its refused rows anew.
    virtual void count_read(std::int64_t rows) = 0;
    // What the open batch holds on to: raw rows, those that a reference refused, and what it knows
    // of good ones.
    virtual std::size_t kept_bytes() const = 0;
    // Rows of the source with these keys must not be in the store any more: see store::retire_rows.
    // Done at the end of the batch, whose rows came before them.
    virtual void retire(RetiredKeys keys) = 0;
    // Merges, writes rejects and the checkpoint, commits. An empty batch only moves the checkpoint.
    virtual BatchOutcome commit(const Checkpoint& checkpoint) = 0;
    // Merges but rolls back; reports what would change, at most `limit` records.
    virtual BatchOutcome preview(std::vector<RecordChange>& changes, std::size_t limit) = 0;
    virtual void abandon() noexcept = 0;
};

// `keys` may be nullptr when no column is sealed and rejects need no sealing (tests).
std::unique_ptr<BatchWriter> make_batch_writer(sql::Connection& connection,
                                               BatchPlan plan,
                                               const base::SealKeys* keys,
                                               const base::Clock& clock);

}  // namespace hrbridge::store
