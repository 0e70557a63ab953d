#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/app/command_migrate.h"
#include "daemon/app/command_sign.h"
#include "daemon/app/fresh_source.h"
#include "daemon/app/migrate_output.h"
#include "daemon/app/module_lease.h"
#include "daemon/app/sheet_file.h"
#include "daemon/app/spot_output.h"
#include "daemon/store/readings.h"
#include "daemon/store/repositories.h"
#include "migration/spot_check/result.h"
#include "migration/spot_check/returned.h"

namespace hrbridge::app {
namespace {

using spot_check::DrawRecord;
using spot_check::DrawState;

constexpr std::size_t kMostNonce = 200;

// One `migrate` command about the spot check of a rehearsal.
class SpotCommand {
  public:
    explicit SpotCommand(const CommandContext& context)
        : context_(context), live_(context.services.store->connect()), sources_(context) {}

    Exit run() {
        module_ = module_of(context_);
        if (module_ == nullptr) {
            return Exit::Usage;
        }
        rehearsal_ = chosen();
        if (!rehearsal_) {
            return Exit::Usage;
        }
        if (!context_.services.keys) {
            return refuse({{"no_keys", {}}});
        }
        const std::string& command = context_.line.command;
        if (command == "migrate draw" && context_.line.has("dry-run")) {
            return preview();
        }
        return with_module_lease(context_, module_->name, [&](const rehearsal::Lease& lease) {
            lease_ = lease;
            return command == "migrate draw"    ? draw()
                   : command == "migrate sheet" ? sheet()
                   : command == "migrate judge" ? judge()
                                                : result();
        });
    }

  private:
    spot_check::Parts parts() {
        Services& services = context_.services;
        return {services.config.store,
                &*services.keys,
                services.ledger_keys ? &*services.ledger_keys : nullptr,
                services.clock,
                lease_,
                context_.actor,
                sources_,
                zone_of(services)};
    }
    spot_check::Subject subject() {
        return {
            *context_.services.project, *module_, context_.services.mappings, rehearsal_->number};
    }
    // That of the command line, else the module's newest that is not dropped.
    std::optional<rehearsal::Rehearsal> chosen() {
        const std::vector<std::string>& words = context_.line.arguments;
        if (words.size() > 1) {
            return rehearsal_of(context_, *live_, words[1]);
        }
        std::optional<rehearsal::Rehearsal> newest;
        for (rehearsal::Rehearsal& each : rehearsal::list(*live_, module_->name)) {
            if (each.state != rehearsal::State::Dropped) {
                newest = std::move(each);
            }
        }
        if (!newest) {
            context_.output.error(
                migrate_text(context_, {"none_yet", {{"module", module_->name}}}));
        }
        return newest;
    }
    void say(const ledger::Note& note) { context_.output.line(spot_text(context_, note)); }
    Exit refuse(const std::vector<ledger::Note>& notes) {
        for (const ledger::Note& note : notes) {
            context_.output.error(spot_text(context_, note));
        }
        return Exit::Failed;
    }

    Exit preview() {
        const spot_check::Preview found = preview_draw(parts(), subject());
        if (!found.plan) {
            return refuse(found.notes);
        }
        if (context_.line.has("json")) {
            context_.output.line(plan_json(*found.plan, found.must_check).dump(2));
        } else {
            print_plan(context_, *found.plan, found.must_check);
        }
        return Exit::Done;
    }

    Exit draw() {
        const std::string nonce = context_.line.option("nonce");
        if (nonce.size() > kMostNonce) {
            refuse({{"needs_nonce", {}}});
            return Exit::Usage;
        }
        const spot_check::DrawOutcome made =
            spot_check::draw(parts(),
                             subject(),
                             {nonce, context_.line.option("cause"), context_.line.option("remedy")},
                             context_.stop);
        if (!made.refused.empty() || !made.draw) {
            refuse(made.refused);
            return !made.refused.empty() && made.refused.front().code == "needs_nonce"
                       ? Exit::Usage
                       : Exit::Failed;
        }
        if (context_.line.has("json")) {
            nlohmann::json out = plan_json(made.draw->plan, 0);
            out["draw"] = made.draw->number;
            out["rows"] = made.rows;
            out["digest"] = made.draw->rows.hex();
            out["terms"] = made.draw->terms;
            context_.output.line(out.dump(2));
            return Exit::Done;
        }
        if (made.kept_nonce) {
            say({"kept_nonce", {{"entry", std::to_string(made.draw->terms)}}});
        }
        say({"drawn",
             {{"draw", std::to_string(made.draw->number)},
              {"rows", std::to_string(made.rows)},
              {"module", module_->name}}});
        return Exit::Done;
    }

    // The newest draw of the rehearsal; with an error said where there is none, or none under way.
    std::optional<DrawRecord> drawn(bool open) {
        auto found = spot_check::newest_draw(*live_, module_->name, rehearsal_->number);
        if (!found) {
            refuse({{"no_draw",
                     {{"module", module_->name}, {"number", std::to_string(rehearsal_->number)}}}});
            return std::nullopt;
        }
        if (open && found->state != DrawState::Open) {
            refuse(
                {{"not_open",
                  {{"draw", std::to_string(found->number)},
                   {"state",
                    spot_text(context_, {"state_" + std::string(to_string(found->state)), {}})}}}});
            return std::nullopt;
        }
        return found;
    }

    Exit sheet() {
        const std::string file = context_.line.option("xlsx");
        const auto draw = drawn(!file.empty());
        if (!draw) {
            return Exit::Failed;
        }
        spot_check::Sheet sheet(*live_, *context_.services.keys, draw->number);
        if (!file.empty()) {
            return write(*draw, sheet, file);
        }
        print_progress(context_, *draw, sheet);
        return Exit::Done;
    }

    Exit write(const DrawRecord& draw, spot_check::Sheet& sheet, const std::string& file) {
        const bool reveal = context_.line.has("reveal");
        const auto rows = sheet.all();
        store::note_reading(
            *live_,
            {context_.actor, "sheet.read", std::to_string(draw.number), rows.size()},
            context_.services.clock.now());
        if (reveal) {
            record_reveal(draw, rows);
        }
        const auto written = spot_check::write_workbook(
            file, context_.line.option("language", "zh"), draw.number, rows, reveal);
        if (!written) {
            context_.output.error(written.fault().where + ": " + written.fault().what);
            return Exit::Failed;
        }
        say({"sheet_written",
             {{"file", file}, {"rows", std::to_string(rows.size())}, {"digest", *written}}});
        return Exit::Done;
    }

    // Before the file is there: what could have been read is recorded, whatever happens then.
    void record_reveal(const DrawRecord& draw, const std::vector<spot_check::SheetRow>& rows) {
        std::vector<std::pair<const spot_check::SheetRow*, std::string>> reveals;
        for (const spot_check::SheetRow& row : rows) {
            for (const std::string& name : spot_check::masked_names(row.content)) {
                reveals.emplace_back(&row, name);
            }
        }
        const spot_check::Parts with = parts();
        store::sql::Transaction transaction(*live_);
        spot_check::record_reveals(*live_,
                                   *with.keys,
                                   with.ledger_keys,
                                   draw,
                                   reveals,
                                   context_.actor,
                                   context_.services.clock.now());
        transaction.commit();
    }

    Exit judge() {
        const std::string account = context_.line.option("as");
        const auto known = store::AccountRepository(*live_).find(account);
        if (!known || known->disabled || known->role != model::Role::Checker) {
            return refuse({{"no_account", {{"account", account}}}});
        }
        if (!proven(context_, *live_, account)) {
            return Exit::Failed;
        }
        const auto draw = drawn(true);
        if (!draw) {
            return Exit::Failed;
        }
        const auto lines = read_sheet_file(context_.line.option("xlsx"));
        const spot_check::Parts with = parts();
        store::sql::Transaction transaction(*live_);
        spot_check::Sheet sheet(*live_, *with.keys, draw->number);
        const spot_check::Returned returned =
            spot_check::read_back(lines, draw->number, sheet.all());
        const base::Faults faults =
            returned.faults.empty()
                ? spot_check::keep_returned(
                      *live_,
                      *with.keys,
                      with.ledger_keys,
                      *draw,
                      {returned.entries, account, context_.actor, with.clock.now()})
                : returned.faults;
        if (!faults.empty()) {
            print_not_taken(context_, faults);
            return Exit::FaultsFound;
        }
        const std::int64_t open = sheet.rows() - sheet.judged();
        transaction.commit();
        say({"taken",
             {{"rows", std::to_string(returned.entries.size())}, {"open", std::to_string(open)}}});
        return Exit::Done;
    }

    Exit result() {
        const auto draw = drawn(true);
        if (!draw) {
            return Exit::Failed;
        }
        const spot_check::ResultOutcome out =
            spot_check::conclude(parts(), subject(), *draw, context_.stop);
        if (!out.refused.empty()) {
            return refuse(out.refused);
        }
        if (out.tally.open > 0) {
            return refuse({{"unfinished", {{"open", std::to_string(out.tally.open)}}}});
        }
        if (context_.line.has("json")) {
            context_.output.line(result_json(*draw, out).dump(2));
        } else {
            print_result(context_, *draw, out);
        }
        if (!out.verdict) {
            return Exit::Failed;
        }
        return out.verdict->outcome == ledger::Outcome::Pass ? Exit::Done : Exit::FaultsFound;
    }

    const CommandContext& context_;
    std::unique_ptr<store::sql::Connection> live_;
    FreshSource sources_;
    const project::Module* module_ = nullptr;
    std::optional<rehearsal::Rehearsal> rehearsal_;
    rehearsal::Lease lease_;
};

}  // namespace

Exit run_spot_check(const CommandContext& context) {
    return SpotCommand(context).run();
}

}  // namespace hrbridge::app
