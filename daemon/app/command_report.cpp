#include "daemon/app/command_report.h"

#include <nlohmann/json.hpp>

#include "daemon/app/command_sign.h"
#include "daemon/app/report_file.h"
#include "daemon/app/verdict_output.h"
#include "daemon/web/reason_text.h"
#include "migration/freeze/texts.h"
#include "migration/report/html.h"
#include "migration/report/pdf.h"
#include "migration/report/seal.h"
#include "migration/report/words.h"
#include "migration/spot_check/texts.h"

namespace hrbridge::app {
namespace {

constexpr std::size_t kChunk = 192 * 1024;

std::string language_of(const CommandContext& context) {
    return context.line.option("language", "zh");
}

report::Words words_of(const CommandContext& context) {
    return report::Words(language_of(context), zone_of(context.services));
}

// Verdicts are said by the folder that gives them; the spot check's texts know the checks' too.
std::string note_text(const std::string& language, const ledger::Note& kept) {
    const ledger::Note note = in_language(language, kept);
    for (const auto text : {spot_check::text, freeze::text}) {
        const std::string said = text(language, note);
        if (said != note.code) {
            return said;
        }
    }
    return note.code;
}

Exit verify(const CommandContext& context) {
    const auto input = nlohmann::json::parse(context.input, nullptr, false);
    const auto digest = input.is_object()
                            ? ledger::Digest::from_hex(input.value("file", std::string()))
                            : std::nullopt;
    if (!digest) {
        return Exit::Usage;
    }
    const auto live = context.services.store->connect();
    const report::SealFound found =
        report::find_seal(*live,
                          context.services.ledger_keys ? context.services.ledger_keys->public_keys()
                                                       : std::vector<ledger::PublicKey>(),
                          *digest,
                          input.value("id", std::string()));
    const report::Words words = words_of(context);
    std::map<std::string, std::string> values{{"found", std::to_string(found.faults)}};
    if (found.entry) {
        values["entry"] = std::to_string(found.entry->sequence);
        values["at"] = words.time(found.entry->at);
        values["who"] = found.entry->actor;
        values["id"] = std::get<ledger::ReportSealed>(found.entry->body).id;
    }
    switch (found.outcome) {
        case report::SealOutcome::Good:
            context.output.line(words("verify_good", values));
            return Exit::Done;
        case report::SealOutcome::Changed:
            context.output.error(words("verify_changed", values));
            return Exit::FaultsFound;
        case report::SealOutcome::Unknown:
            context.output.error(words("verify_unknown", values));
            return Exit::FaultsFound;
        case report::SealOutcome::Broken:
            context.output.error(words("verify_broken", values));
            return Exit::FaultsFound;
    }
    return Exit::Failed;
}

void send(Output& output, std::string_view bytes) {
    while (!bytes.empty()) {
        output.bytes(bytes.substr(0, kChunk));
        bytes.remove_prefix(std::min(kChunk, bytes.size()));
    }
}

Exit make(const CommandContext& context) {
    const auto open = open_rehearsal(context);
    if (!open) {
        return Exit::Usage;
    }
    const std::string language = language_of(context);
    const sign_off::Scope scope = open->scope(context);
    report::Input input = report::gather(scope);
    input.at = context.services.clock.now();
    input.zone = zone_of(context.services);
    input.actor = context.actor;
    input.reason_text = [&](const std::string& reason) {
        return web::reason_text(language, reason);
    };
    input.note_text = [&](const ledger::Note& note) { return note_text(language, note); };
    const report::Document document = report::compose(input, language);
    const std::string form = report_form(context.line.option("out"));
    const report::Words words = words_of(context);
    const base::Result<std::string> bytes =
        form == "pdf" ? report::to_pdf(document)
                      : base::Result<std::string>(report::to_html(document));
    if (!bytes) {
        context.output.error(words(bytes.fault().what));
        return Exit::Failed;
    }
    const ledger::Digest digest = ledger::Digest::sha256_of(*bytes);
    const ledger::Entry entry =
        report::seal(*open->live, input, form, language, digest, ledger_keys_of(context));
    send(context.output, *bytes);
    context.output.line(words("sealed",
                              {{"file", context.line.option("out")},
                               {"id", input.id},
                               {"digest", digest.hex()},
                               {"entry", std::to_string(entry.sequence)}}));
    return Exit::Done;
}

}  // namespace

Exit run_report(const CommandContext& context) {
    if (context.line.has("verify")) {
        return verify(context);
    }
    if (context.line.arguments.empty() || report_form(context.line.option("out")).empty()) {
        context.output.error(words_of(context)("report_usage"));
        return Exit::Usage;
    }
    return make(context);
}

}  // namespace hrbridge::app
