#include "daemon/app/command_register.h"

#include <algorithm>

#include "daemon/base/yaml.h"
#include "daemon/processing/register.h"

namespace hrbridge::app {
namespace {

std::vector<std::string> names_of(const std::vector<SourceConfig>& sources) {
    std::vector<std::string> names;
    for (const SourceConfig& source : sources) {
        names.push_back(source.name);
    }
    return names;
}

// From the file as it is now: what is stated there steers nothing, so that it needs no reload.
processing::Stated stated_in(const Config& config, base::Faults& faults) {
    const auto document = base::load_yaml(config.file);
    if (!document) {
        faults.push_back(document.fault());
        return {};
    }
    return processing::read_stated(
        base::YamlReader(document->find("processing"), "processing", faults),
        names_of(config.sources));
}

bool is_sealed(const std::vector<store::EntityTable>& entities,
               const std::string& entity,
               const std::string& column) {
    for (const store::EntityTable& table : entities) {
        for (const store::EntityColumn& each : table.columns) {
            if (table.name == entity && each.name == column) {
                return each.sealed;
            }
        }
    }
    return false;
}

processing::Activity activity_of(const engine::Mapping& mapping,
                                 const std::vector<store::EntityTable>& entities,
                                 const RetentionConfig& retention) {
    processing::Activity out;
    out.mapping = mapping.name;
    out.entity = mapping.entity;
    out.every = mapping.sync.every;
    for (const engine::FieldRule& field : mapping.fields) {
        if (field.pii.empty()) {
            ++out.others;
            continue;
        }
        out.fields.push_back({field.target,
                              field.pii,
                              field.stored,
                              is_sealed(entities, mapping.entity, field.target)});
    }
    out.rejects_days =
        mapping.rejects.keep_days > 0 ? mapping.rejects.keep_days : retention.rejects_days;
    out.keeps_versions = mapping.write == engine::WriteMode::History;
    out.deactivates = mapping.sync.sweep.on_missing == engine::OnMissing::Deactivate;
    return out;
}

std::vector<processing::Source> sources_of(const Services& services) {
    const std::vector<store::EntityTable> entities = known_entities();
    std::vector<processing::Source> all;
    for (const SourceConfig& source : services.config.sources) {
        processing::Source out{source.name, source.kind, {}};
        for (const engine::Mapping& mapping : services.mappings) {
            if (mapping.connection == source.name) {
                out.activities.push_back(activity_of(mapping, entities, services.config.retention));
            }
        }
        all.push_back(std::move(out));
    }
    return all;
}

std::vector<processing::Recipient> recipients_of(const Config& config) {
    if (!config.wecom) {
        return {};
    }
    const WecomConfig& wecom = *config.wecom;
    return {{"wecom",
             wecom.base_url,
             wecom.corp_id,
             wecom.hr_receivers.size(),
             wecom.callback.has_value(),
             wecom.login.has_value()}};
}

// Each with whether it holds; the others are always so.
void add_measures(const Config& config, processing::Register& out) {
    out.measures = {"secrets", "accounts", "audit", "masking"};
    const auto add = [&out](const char* name, bool holds) {
        (holds ? out.measures : out.lacking).emplace_back(name);
    };
    if (!config.seal_keys.empty()) {
        out.measures.emplace_back("sealing");
    }
    out.measures.emplace_back(config.web.certificate.empty() ? "loopback" : "tls");
    add("ledger", !config.ledger_key.empty());
    add("backup", config.backup.has_value());
}

// The register counts in days.
constexpr std::int64_t kDaysAMonth = 31;

}  // namespace

Exit run_register(const CommandContext& context) {
    const Config& config = context.services.config;
    base::Faults faults;
    processing::Register out;
    out.product = "hrbridge " HRBRIDGE_VERSION;
    out.made_at = zone_of(context.services).minute_text(context.services.clock.now());
    out.configuration = config.file;
    out.stated = stated_in(config, faults);
    if (!faults.empty()) {
        for (const base::Fault& fault : faults) {
            context.output.error(fault.where + ": " + fault.what);
        }
        return Exit::Usage;
    }
    out.sources = sources_of(context.services);
    out.recipients = recipients_of(config);
    const RetentionConfig& keep = config.retention;
    out.periods = {{"runs", keep.runs_days},
                   {"rejects", keep.rejects_days},
                   {"callbacks", keep.callbacks_days},
                   {"messages", keep.messages_days},
                   {"punches", keep.punches_days},
                   {"sessions", keep.sessions_days},
                   {"audit", keep.audit_days}};
    if (keep.employment_days > 0) {
        out.periods.emplace_back("employment", keep.employment_days);
    }
    if (keep.facts_months > 0) {
        out.periods.emplace_back("facts", keep.facts_months * kDaysAMonth);
    }
    add_measures(config, out);
    out.findings_every = config.findings_every;
    context.output.line(context.line.has("json")
                            ? processing::to_json(out)
                            : processing::to_markdown(out, context.line.option("language", "zh")));
    return Exit::Done;
}

}  // namespace hrbridge::app
