#include "daemon/app/source_controls.h"

#include <algorithm>

#include <fmt/format.h>

#include "daemon/app/raw_columns.h"
#include "daemon/app/source_reading.h"

namespace hrbridge::app {

SourceControls::SourceControls(const CommandContext& context,
                               const project::Module& module,
                               const std::vector<const engine::Mapping*>& mappings,
                               const std::vector<check::RuleSpec>& rules,
                               std::int64_t rehearsal)
    : context_(context), module_(module), rehearsal_(rehearsal) {
    for (const engine::Mapping* const mapping : mappings) {
        Pass pass;
        pass.mapping = mapping;
        for (const check::RuleSpec& rule : rules) {
            if (std::holds_alternative<check::BalanceForm>(rule.form) &&
                rule.entity == mapping->entity) {
                pass.balances.emplace_back(module.name, &rule);
            }
            const auto* const figure = std::get_if<check::ControlForm>(&rule.form);
            if (figure != nullptr && figure->mapping == mapping->name) {
                pass.figures.push_back(figure);
            }
        }
        for (const engine::RunRule& rule : mapping->run_rules) {
            auto spec = check::run_rule_spec(*mapping, rule);
            if (spec && std::holds_alternative<check::BalanceForm>(spec.value().form)) {
                run_rules_.push_back(std::make_unique<check::RuleSpec>(std::move(spec).value()));
                pass.balances.emplace_back(mapping->name, run_rules_.back().get());
            }
        }
        passes_.push_back(std::move(pass));
    }
}

void SourceControls::read_ahead() {
    ahead_ = std::async(std::launch::async, [this] {
        for (Pass& pass : passes_) {
            if (!pass.balances.empty() || !pass.figures.empty()) {
                read(pass);
            }
        }
    });
}

SourceControls::Pass* SourceControls::pass_of(const std::string& mapping) {
    if (ahead_.valid()) {
        ahead_.get();
    }
    const auto found = std::find_if(passes_.begin(), passes_.end(), [&](const Pass& each) {
        return each.mapping->name == mapping;
    });
    if (found == passes_.end()) {
        return nullptr;
    }
    if (!found->totals && found->problem.empty()) {
        read(*found);
    }
    return &*found;
}

void SourceControls::read(Pass& pass) {
    std::vector<const check::RuleSpec*> balances;
    for (const auto& [subject, rule] : pass.balances) {
        balances.push_back(rule);
    }
    std::unique_ptr<RawTotals> totals;
    reconcile::SourceReading reading;
    reading.only = raw_columns(*pass.mapping, balances, pass.figures);
    reading.again = reconcile::SourceReading::Again::All;
    reading.begin = [&](const std::vector<base::DescribedColumn>& columns) {
        totals = std::make_unique<RawTotals>(*pass.mapping, balances, pass.figures);
        totals->begin(columns);
    };
    reading.take = [&](const base::RawBlock& block) {
        totals->take(block);
        return true;
    };
    try {
        ConfiguredSources(context_).read(*pass.mapping, reading);
        pass.totals = std::move(totals);
    } catch (const reconcile::CannotRead& why) {
        pass.problem = fmt::format("({})", why.what());
    }
}

base::Result<std::vector<check::ControlTotal>> SourceControls::totals(const std::string& subject,
                                                                      const check::RuleSpec& rule) {
    std::vector<std::string> mappings;
    for (const Pass& pass : passes_) {
        if (pass.mapping->entity == rule.entity) {
            mappings.push_back(pass.mapping->name);
        }
    }
    if (mappings.size() != 1) {
        return base::Fault{"",
                           fmt::format("({} mappings of the module fill {}; their sources have no "
                                       "common total)",
                                       mappings.size(),
                                       rule.entity)};
    }
    const Pass* const pass = pass_of(mappings.front());
    if (!pass->problem.empty()) {
        return base::Fault{"", pass->problem};
    }
    for (std::size_t i = 0; i < pass->balances.size(); ++i) {
        if (pass->balances[i].first == subject && pass->balances[i].second->id == rule.id) {
            return pass->totals->totals(i);
        }
    }
    return base::Fault{"", fmt::format("(no rule {} of {} is known)", rule.id, subject)};
}

base::Result<std::string> SourceControls::figure(const check::ControlForm& form) {
    const Pass* const pass = pass_of(form.mapping);
    if (pass == nullptr || !pass->problem.empty()) {
        return base::Fault{"", pass == nullptr ? "" : pass->problem};
    }
    for (std::size_t i = 0; i < pass->figures.size(); ++i) {
        const check::ControlForm& each = *pass->figures[i];
        if (each.of == form.of && each.column == form.column) {
            return pass->totals->figure(i);
        }
    }
    return base::Fault{"", ""};
}

std::optional<std::int64_t> SourceControls::last_rows(const std::string& entity) {
    const auto live = context_.services.store->connect();
    const auto tables = store::entity_tables(*live);
    const bool known = std::any_of(
        tables.begin(), tables.end(), [&](const auto& each) { return each.name == entity; });
    if (!known) {
        return std::nullopt;
    }
    {
        const auto rows =
            live->query(fmt::format("SELECT count(*) FROM {} WHERE gone_at IS NULL", entity), {});
        if (rows->next() && rows->integer(0) > 0) {
            return rows->integer(0);
        }
    }
    std::optional<std::int64_t> last;
    for (const rehearsal::Rehearsal& each : rehearsal::list(*live, module_.name)) {
        const bool dropped = each.state == rehearsal::State::Dropped;
        if (!each.is_loaded() || dropped || each.number >= rehearsal_) {
            continue;
        }
        last = 0;
        for (const rehearsal::MappingCount& mapping : each.mappings) {
            *last += mapping.entity == entity ? mapping.stored : 0;
        }
    }
    return last;
}

}  // namespace hrbridge::app
