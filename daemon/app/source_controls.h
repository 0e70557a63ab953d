#pragma once

#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/app/raw_totals.h"
#include "daemon/app/store_commands.h"
#include "migration/project/project.h"
#include "migration/rehearsal/rehearsal.h"

namespace hrbridge::app {

// What balances, control totals and volumes of a module are held against: raw columns of the
// sources, each source read once and only where something asks for it, and rows of the last run.
class SourceControls final : public check::ControlSource {
  public:
    // All outlive it.
    SourceControls(const CommandContext& context,
                   const project::Module& module,
                   const std::vector<const engine::Mapping*>& mappings,
                   const std::vector<check::RuleSpec>& rules,
                   std::int64_t rehearsal);

    // Begins to read, on a thread of its own, what balances and control totals ask for; they wait
    // for it. At most once, before the first of them.
    void read_ahead();

    base::Result<std::vector<check::ControlTotal>> totals(const std::string& subject,
                                                          const check::RuleSpec& rule) override;
    base::Result<std::string> figure(const check::ControlForm& form) override;
    // The live store's rows; where it has none, those of the newest earlier rehearsal that is
    // loaded and was not dropped: who drops one says that it was nothing.
    std::optional<std::int64_t> last_rows(const std::string& entity) override;

  private:
    struct Pass {
        const engine::Mapping* mapping = nullptr;
        std::vector<std::pair<std::string, const check::RuleSpec*>> balances;  // by subject
        std::vector<const check::ControlForm*> figures;
        std::unique_ptr<RawTotals> totals;  // null: not read yet
        std::string problem;                // why it could not be read
    };
    Pass* pass_of(const std::string& mapping);
    void read(Pass& pass);

    const CommandContext& context_;
    const project::Module& module_;
    std::int64_t rehearsal_;
    std::vector<std::unique_ptr<check::RuleSpec>> run_rules_;
    std::vector<Pass> passes_;
    std::future<void> ahead_;  // its thread fills passes_
};

}  // namespace hrbridge::app
