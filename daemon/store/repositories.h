#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/base/seal.h"
#include "daemon/model/accounts.h"
#include "daemon/model/findings.h"
#include "daemon/model/outbox.h"
#include "daemon/model/runs.h"
#include "daemon/store/sql.h"

// The control plane's tables, each behind a few functions, written once for both stores. They run
// inside the caller's transaction (or each on its own when there is none) and throw StoreError.
namespace hrbridge::store {

class RunRepository {
  public:
    explicit RunRepository(sql::Connection& connection) : connection_(connection) {}
    std::int64_t start(const model::Run& run);  // gives the id
    // Adds a batch's counts; called inside the batch's transaction by the batch writer.
    void finish(std::int64_t id,
                const std::string& outcome,
                base::Timestamp at,
                const std::optional<std::string>& error);
    std::optional<model::Run> find(std::int64_t id);
    std::vector<model::Run> latest(std::size_t limit, const std::string& mapping = {});
    // The mapping's newest run that read its source to the end.
    std::optional<model::Run> last_read(const std::string& mapping);
    // Whether a run of that kind that started then or later is done; "": one that syncs.
    bool done_since(const std::string& mapping, const std::string& kind, base::Timestamp start);
    // Deletes runs that ended before `before`, with their batch rows; gives the number of runs. The
    // runs that a checkpoint names stay. Rows of entities keep the number of a batch that is gone.
    std::int64_t purge(base::Timestamp before);

  private:
    sql::Connection& connection_;
};

class JobRepository {
  public:
    explicit JobRepository(sql::Connection& connection) : connection_(connection) {}
    std::optional<model::Job> find(const std::string& name);
    std::vector<model::Job> all();
    void pause(const std::string& name,
               const std::string& by,
               const std::string& reason,
               base::Timestamp at);
    void resume(const std::string& name);
    void set_times(const std::string& name,
                   std::optional<base::Timestamp> last_start,
                   std::optional<base::Timestamp> next_start);

  private:
    sql::Connection& connection_;
};

// Which daemon runs which job. A start is claimed by one statement that names what it was planned
// for, so that of several daemons one only gets it.
class JobClaimRepository {
  public:
    explicit JobClaimRepository(sql::Connection& connection) : connection_(connection) {}

    struct Start {
        std::string job;
        std::string holder;
        base::Timestamp now;
        std::chrono::seconds term;                  // the claim ends by itself
        std::optional<base::Timestamp> next;        // of the job after this one
        std::optional<base::Timestamp> began = {};  // the last start from now on; `now` unless told
    };

    // The job has a row, and its next start unless somebody runs it, or started it since `last`.
    void plan(const std::string& job,
              std::optional<base::Timestamp> next,
              std::optional<base::Timestamp> last);
    std::optional<model::JobClaim> find(const std::string& job, base::Timestamp now);
    std::vector<model::JobClaim> all(base::Timestamp now);
    // Both: false when another daemon was faster, or the job is paused.
    bool take_planned(const Start& start, base::Timestamp planned);
    // `last`: the start before, as it was found.
    bool take_on_demand(const Start& start, std::optional<base::Timestamp> last);
    // From a holder that is gone, or whose claim has ended; counts an attempt.
    bool take_over(const Start& start, const std::string& from);
    // All that the holder has; gives their names.
    std::set<std::string> extend(const std::string& holder,
                                 base::Timestamp now,
                                 std::chrono::seconds term);
    // The start is done with, whether it succeeded or not.
    void release(const std::string& job, const std::string& holder);
    // The start was broken off: whoever looks next takes it over.
    void hand_back(const std::string& job, const std::string& holder);

  private:
    std::vector<model::JobClaim> read(const std::string& job, base::Timestamp now);
    bool take(std::string_view statement,
              const Start& start,
              std::initializer_list<base::Value> conditions);

    sql::Connection& connection_;
};

// Mutual exclusion between processes on one store. A lease is taken for `term`, extended by its
// holder, and lost when it expires; each new holder gets a higher fencing token. On PostgreSQL the
// server's clock counts, whatever `now` is (term_sql.h).
class LeaseRepository {
  public:
    explicit LeaseRepository(sql::Connection& connection) : connection_(connection) {}
    // The fencing token, or nullopt when another holder has it. Own transaction.
    std::optional<std::int64_t> acquire(const std::string& name,
                                        const std::string& holder,
                                        base::Timestamp now,
                                        std::chrono::seconds term);
    // As acquire, from a holder that is gone, whether its term has ended or not; nullopt when the
    // lease is no longer that holder's, so that of several who found it gone one only succeeds.
    std::optional<std::int64_t> take_over(const std::string& name,
                                          const std::string& from,
                                          const std::string& holder,
                                          base::Timestamp now,
                                          std::chrono::seconds term);
    bool extend(const std::string& name,
                std::int64_t token,
                base::Timestamp now,
                std::chrono::seconds term);
    void release(const std::string& name, std::int64_t token);
    // Whether the token is still the newest, locked until the transaction ends.
    bool holds(const std::string& name, std::int64_t token);

  private:
    // The token that `statement` returns, in a transaction of its own; nullopt when it changes
    // none.
    std::optional<std::int64_t> token_of(std::string_view statement,
                                         std::initializer_list<base::Value> values);

    sql::Connection& connection_;
};

struct RejectFilter {
    std::string mapping;  // empty: all
    std::string kind;     // empty: all
    std::string state = "open";
    std::size_t limit = 100;
};

class RejectRepository {
  public:
    explicit RejectRepository(sql::Connection& connection) : connection_(connection) {}
    std::vector<model::RejectedRow> list(const RejectFilter& filter);
    std::optional<model::RejectedRow> find(std::int64_t id);
    // The kept row of a reject, opened; a Fault when it cannot be opened.
    struct KeptRow {
        std::string packed;  // base::pack_row
        std::string digest;  // base::RawBlock::kept_as
        std::int64_t id = 0;
    };
    base::Result<KeptRow> kept_row(std::int64_t id, const base::SealKeys& keys);
    // nullopt: it is no longer open, or gone.
    std::optional<base::Result<KeptRow>> open_row(std::int64_t id, const base::SealKeys& keys);
    // A key that holds may wait for: "org_unit.code". Names, not values: they go into the text of
    // the statement.
    struct Parent {
        std::string entity;
        std::string column;
    };
    // Ids, oldest first and higher than `after`, of the mapping's open holds whose parent is there
    // by now, or that wait for none of `parents`.
    std::vector<std::int64_t> ready_holds(const std::string& mapping,
                                          const std::vector<Parent>& parents,
                                          std::int64_t after,
                                          std::size_t limit);
    // The kept rows of open and dismissed ones, oldest first and with ids higher than `last`, as
    // far as they can be opened: at most `limit`, and fewer where they are long (id_page.h). `last`
    // is set to the last id looked at, and stays when there is none. `keys` may be nullptr when
    // nothing is sealed.
    std::vector<KeptRow> known_rows(const std::string& mapping,
                                    std::int64_t& last,
                                    std::size_t limit,
                                    const base::SealKeys* keys);
    // Ids of the mapping's open rejects and holds, oldest first and higher than `after`.
    std::vector<std::int64_t> open_ids(const std::string& mapping,
                                       std::int64_t after,
                                       std::size_t limit);
    void set_state(std::int64_t id, const std::string& state, base::Timestamp at);
    // A person takes an open reject off the list. False when it is no longer open.
    bool dismiss(std::int64_t id,
                 const std::string& by,
                 const std::string& reason,
                 base::Timestamp at);
    // Closes open ones whose rows are gone from their source, but for those that were seen again
    // since `before`; gives the number.
    std::int64_t close_gone(const std::vector<std::int64_t>& ids,
                            base::Timestamp before,
                            base::Timestamp at);
    void remove(std::int64_t id);
    // {mapping, rule, kind, count} of open rows.
    struct Count {
        std::string mapping;
        std::string rule;
        std::string kind;
        std::int64_t rows = 0;
    };
    std::vector<Count> counts();
    // The mapping's open rows first seen at `since` or later.
    std::int64_t open_since(const std::string& mapping, base::Timestamp since);
    // Deletes rows of a mapping, or of all, last seen and closed before `before`; gives their
    // number.
    std::int64_t purge(base::Timestamp before, const std::string& mapping = {});
    // The mappings that have rows which are no longer open.
    std::vector<std::string> closed_mappings();

  private:
    sql::Connection& connection_;
};

class OutboxRepository {
  public:
    explicit OutboxRepository(sql::Connection& connection) : connection_(connection) {}
    // False when the event (key and receiver) is already there; then nothing is written, but that
    // a row without a request, which could never be built, gives its place to one with a request,
    // and that the request of one which waits and was never tried is replaced: what is sent at last
    // says what holds then. In a transaction with a snapshot: else one that another withdraws while
    // this looks at it would be neither kept nor added.
    bool add(const model::OutboxEvent& event);
    // Takes up to `limit` due events to state Sending (SKIP LOCKED on PostgreSQL) in a transaction
    // of its own, and counts the attempt: attempts + 1, last_attempt = now, first_attempt when it
    // is the first. Events left in Sending by a dead process are taken again when their last
    // attempt is older than `stale`; their outcome is not known, so last_code is "unknown".
    std::vector<model::OutboxEvent> claim(base::Timestamp now,
                                          std::chrono::seconds stale,
                                          std::size_t limit);
    // Writes state, attempts, times and codes, never the request.
    void update(const model::OutboxEvent& event);
    std::optional<model::OutboxEvent> find(std::int64_t id);
    // One event's messages, one a receiver.
    std::vector<model::OutboxEvent> of_event(const std::string& event_key);
    // An event's messages are never sent again. One that was never tried is deleted; one that waits
    // after an attempt is dead, "unknown, then withdrawn" where it may have arrived; one under way
    // whose attempt fails is dead.
    void withdraw(const std::string& event_key, base::Timestamp now);
    // Deletes an event's messages that were never tried; the others stay as they are.
    void withdraw_untried(const std::string& event_key);
    bool is_withdrawn(std::int64_t id);
    // `state` empty: all; newest first.
    std::vector<model::OutboxEvent> list(const std::string& state, std::size_t limit);
    struct Depth {
        std::string state;
        std::int64_t events = 0;
        std::optional<base::Timestamp> oldest;
    };
    std::vector<Depth> depth();
    // Deletes what was sent before `before`; gives the number. An event whose row is gone would be
    // written again. A card that a finding still has stays: it says who has to hear of a
    // retraction.
    std::int64_t purge(base::Timestamp before);

  private:
    bool insert(const model::OutboxEvent& event);

    sql::Connection& connection_;
};

class FindingRepository {
  public:
    explicit FindingRepository(sql::Connection& connection) : connection_(connection) {}
    // Replaces the KPI's facts of the months in [from, to) by `facts`; unchanged rows are not
    // written. Gives the number written, by month.
    std::map<base::Date, std::int64_t> replace_facts(const std::string& kpi_code,
                                                     base::Date from,
                                                     base::Date to,
                                                     const std::vector<model::KpiFact>& facts,
                                                     base::Timestamp now);
    // Ordered by spell and period; months in [from, to).
    std::vector<model::KpiFact> facts(const std::string& kpi_code, base::Date from, base::Date to);
    // Inserts or updates by (rule, kpi, spell, period); gives the id and whether it is new or its
    // inputs changed. What of the evidence is not among the inputs is written all the same. The
    // card stays as it is.
    struct Saved {
        std::int64_t id = 0;
        bool changed = false;
    };
    Saved save(const model::Finding& finding);
    std::optional<model::Finding> find(std::int64_t id);
    // What still holds before what is over, in each warnings first, then the newest months.
    std::vector<model::Finding> list(std::size_t limit);
    std::int64_t count();
    // In every state; by id.
    std::vector<model::Finding> of_period(const std::string& kpi_code, base::Date period);
    // Warnings of the months in [from, to) that were not retracted; by period and id.
    std::vector<model::Finding> warnings(const std::string& kpi_code,
                                         base::Date from,
                                         base::Date to);
    // The card of the person's open warning by the same rule from a month before the finding's.
    std::optional<std::string> open_card(const model::Finding& finding);
    void set_card(std::int64_t id, const std::optional<std::string>& card, std::int64_t cards);
    // Those that lean on the card, its own finding too.
    std::vector<model::Finding> of_card(const std::string& card);
    // No finding leans on this card any more.
    void forget_card(const std::string& card);
    // Those of the KPI that are no warnings any more and still have a card of which nobody was told
    // that it is taken back, since nobody could be told of anything.
    std::vector<model::Finding> with_stale_card(const std::string& kpi_code);
    void save(const model::Evaluation& evaluation);
    std::vector<model::Evaluation> evaluations(std::size_t limit);
    // As if the rule had not looked at the month.
    void forget_evaluation(const std::string& rule, const std::string& kpi_code, base::Date period);
    // People by rule and level ("warning", "watch") of whom something is in force: a warning that
    // was raised and not ended or retracted, or a watch of the newest month evaluated.
    struct InForce {
        std::string rule;
        std::string level;
        std::int64_t people = 0;
    };
    std::vector<InForce> in_force();
    // What the KPI's newest closed month waits for; nullopt: nothing. Nothing is written when it is
    // the same as before.
    void set_wait(const std::string& kpi_code, const std::optional<model::EvaluationWait>& wait);
    std::optional<model::EvaluationWait> wait(const std::string& kpi_code);
    std::optional<model::EmployeeLabel> employee(std::int64_t spell_id);
    // False when this person said the same on this finding before; the first time counts.
    bool add_note(const model::FindingNote& note);
    std::vector<model::FindingNote> notes(std::int64_t finding_id);  // oldest first

  private:
    sql::Connection& connection_;
};

class AccountRepository {
  public:
    explicit AccountRepository(sql::Connection& connection) : connection_(connection) {}
    std::optional<model::Account> find(const std::string& name);
    std::optional<model::Account> find(std::int64_t id);
    std::vector<model::Account> all();
    void add(const model::Account& account, base::Timestamp now);
    // Whether the account is still as it was read, and not disabled. In the transaction of the
    // session's add_session(), which holds the account: or a new password could miss the session.
    bool may_log_in(const model::Account& account);
    // The account's sessions are the caller's to end.
    void set_password(std::int64_t id, const std::string& hash);
    void set_disabled(std::int64_t id, bool disabled);
    void add_session(const model::Session& session);
    std::optional<model::Session> find_session(const std::string& token_hash);
    void touch_session(const std::string& token_hash, base::Timestamp at);
    void end_session(const std::string& token_hash);
    void end_sessions(std::int64_t account_id);
    // Deletes sessions that expired before `before`; gives the number.
    std::int64_t purge_sessions(base::Timestamp before);

  private:
    sql::Connection& connection_;
};

// Append-only and hash-chained: each row's hash covers the one before.
class AuditRepository {
  public:
    explicit AuditRepository(sql::Connection& connection) : connection_(connection) {}
    void add(const std::string& actor,
             const std::string& act,
             const std::string& object,
             const std::string& detail,
             base::Timestamp at);
    // Deletes the oldest rows, up to the first that is not older than `before`; gives the number. A
    // row "audit.purge" in the same transaction holds the hash of the last one deleted, so that the
    // chain can still be verified from there on.
    std::int64_t purge(base::Timestamp before, const std::string& actor, base::Timestamp now);
    // The id of the first row that does not fit its chain; nullopt when all fit. A chain that
    // begins behind deleted rows fits when its row "audit.purge" says so.
    std::optional<std::int64_t> first_broken();

  private:
    sql::Connection& connection_;
};

}  // namespace hrbridge::store
