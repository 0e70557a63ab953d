#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "migration/reconcile/claims.h"
#include "migration/reconcile/findings.h"
#include "migration/reconcile/reconcile.h"
#include "migration/reconcile/roots.h"
#include "migration/reconcile/source_rows.h"
#include "migration/reconcile/target_spooler.h"

namespace hrbridge::reconcile {

// One mapping's source against what it filled. Used once.
class Comparison {
  public:
    Comparison(const Parts& parts,
               const std::vector<store::EntityTable>& tables,
               const engine::Mapping& mapping,
               Mode mode);

    // Adds the mapping's verdicts and its ledger entry. Throws check::CannotCheck and CannotRead.
    void run(Result& result);

  private:
    std::string path(const char* side) const;
    TargetSpooler::Parts target_parts();
    void read_source(store::SweepSpool& spool);
    void add_rejects(store::SweepSpool& stored);
    void join(const store::SweepSpool& source, const store::SweepSpool& stored);
    void sort_out(const store::SweepDifference& difference);
    void note_repeated(std::vector<store::SweepRow>& source,
                       const std::vector<store::SweepRow>& stored);
    void note_unhashed(const std::vector<store::SweepRow>& stored,
                       const std::vector<store::SweepDifference>& differences);
    void run_full();
    void run_quick();
    void name_missing();
    void name_unhashed();
    void name_unmapped();
    void count_rows();
    std::int64_t loaded_rows();
    std::optional<std::int64_t> moved_from();
    bool has_watermark() const { return !mapping_.sync.window_by.empty(); }

    check::Verdict verdict(const char* rule) const;
    ledger::Outcome content_outcome() const;
    check::Verdict content_verdict();
    std::optional<check::Verdict> moved_verdict();
    std::optional<check::Verdict> repeated_verdict();
    check::Note compared_note() const;
    std::set<std::string> filled() const;
    std::map<std::string, std::string> compared_fields() const;

    const Parts& parts_;
    const engine::Mapping& mapping_;
    Mode mode_;
    std::unique_ptr<store::sql::Connection> connection_;
    check::Scope scope_;
    TargetRows target_;
    Claims claims_;
    Findings findings_;
    Roots roots_;
    Scanned scanned_;
    std::optional<SourceRows> source_;
    std::uint32_t partitions_ = 0;
    std::vector<std::string> positions_;
    std::int64_t rows_read_ = 0;
    std::int64_t unkeyed_ = 0;
    std::int64_t differences_ = 0;
    std::vector<store::SweepDifference> wanted_;
    std::vector<std::int64_t> missing_;   // ids of rows that the source does not have
    std::vector<std::int64_t> unhashed_;  // ids of rows with the source's values and another hash
    std::int64_t unhashed_rows_ = 0;
    std::vector<std::int64_t> kept_;  // ids of rows to which others of the source gave way
    std::int64_t repeated_ = 0;       // such others, with other values or refused
    std::int64_t equal_ = 0;          // rows that came more than once with the same values
    std::int64_t extra_ = 0;
    std::int64_t left_ = 0;  // too many to be looked at one by one
};

}  // namespace hrbridge::reconcile
