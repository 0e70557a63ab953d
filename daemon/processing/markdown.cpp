#include <algorithm>
#include <string_view>

#include "daemon/processing/register.h"
#include "hrbridge_processing_files.h"
#include "migration/ledger/catalogue.h"

namespace hrbridge::processing {
namespace {

// Stated texts and names become one cell of a table: no line end and no bar ends it early.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|' || c == '\\') {
            out += '\\';
        }
        out += c == '\n' || c == '\r' ? ' ' : c;
    }
    return out;
}

class Page {
  public:
    Page(const Register& all, std::string language) : all_(all), language_(std::move(language)) {}

    std::string write() {
        line("# " + say("title"));
        line();
        line(say(
            "made",
            {{"product", all_.product}, {"at", all_.made_at}, {"file", cell(all_.configuration)}}));
        controller();
        heading("activities");
        line(say(all_.sources.empty() ? "no_sources" : "activities_note"));
        for (const Source& source : all_.sources) {
            write(source);
        }
        recipients();
        retention();
        measures();
        return std::move(out_);
    }

  private:
    std::string say(const std::string& code,
                    const std::map<std::string, std::string>& values = {}) const {
        static const ledger::Catalogue kCatalogue(&embedded_file);
        return kCatalogue.text(language_, {code, {values.begin(), values.end()}});
    }
    std::string stated(const std::string& text) const {
        return text.empty() ? say("not_stated") : cell(text);
    }
    void line(const std::string& text = {}) { out_ += text + "\n"; }
    void heading(const std::string& code) {
        line();
        line("## " + say(code));
        line();
    }
    void head_of_table(const std::vector<std::string>& codes) {
        std::string names = "|";
        std::string rule = "|";
        for (const std::string& code : codes) {
            names += " " + say(code) + " |";
            rule += " --- |";
        }
        line(names);
        line(rule);
    }
    void row(const std::string& first, const std::string& second) {
        line("| " + first + " | " + second + " |");
    }

    void controller() {
        heading("who");
        head_of_table({"item", "content"});
        row(say("controller"), stated(all_.stated.controller));
        row(say("contact"), stated(all_.stated.contact));
        row(say("officer"), stated(all_.stated.officer));
        row(say("transfers"), stated(all_.stated.transfers));
    }

    void write(const Source& source) {
        const auto found = all_.stated.sources.find(source.name);
        const Stated::Source said =
            found == all_.stated.sources.end() ? Stated::Source() : found->second;
        line();
        line("### " + say("source", {{"name", cell(source.name)}, {"kind", source.kind}}));
        line();
        head_of_table({"item", "content"});
        row(say("purpose"), stated(said.purpose));
        row(say("legal_basis"), stated(said.legal_basis));
        row(say("people"), stated(said.people));
        line();
        if (source.activities.empty()) {
            line(say("no_mappings"));
            return;
        }
        head_of_table({"mapping", "entity", "fields", "every", "rest"});
        for (const Activity& activity : source.activities) {
            line("| " + cell(activity.mapping) + " | " + cell(activity.entity) + " | " +
                 fields(activity) + " | " +
                 (activity.every.empty() ? say("by_hand") : "`" + cell(activity.every) + "`") +
                 " | " + rest(activity) + " |");
        }
    }

    std::string fields(const Activity& activity) const {
        std::string out;
        for (const Field& field : activity.fields) {
            const char* const kept = !field.stored  ? "kept_not"
                                     : field.sealed ? "kept_sealed"
                                                    : "kept_plain";
            out += say("field",
                       {{"name", cell(field.name)},
                        {"category", say("category_" + field.category)},
                        {"kept", say(kept)}}) +
                   "<br>";
        }
        return out + say(activity.fields.empty() ? "fields_none" : "fields_others",
                         {{"count", std::to_string(activity.others)}});
    }

    std::string rest(const Activity& activity) const {
        return say("rejects", {{"days", std::to_string(activity.rejects_days)}}) +
               (activity.keeps_versions ? "<br>" + say("versions") : "") + "<br>" +
               say(activity.deactivates ? "deactivates" : "stays");
    }

    void recipients() {
        heading("recipients");
        if (all_.recipients.empty()) {
            line(say("no_recipients"));
        }
        for (const Recipient& each : all_.recipients) {
            line("- " + say("recipient_" + each.kind,
                            {{"address", cell(each.address)},
                             {"account", cell(each.account)},
                             {"count", std::to_string(each.receivers)}}));
            line("- " + say(each.answers ? "answers" : "no_answers"));
            if (each.login) {
                line("- " + say("login_" + each.kind, {{"address", cell(each.address)}}));
            }
        }
        line("- " + say(has_login() ? "pages_login" : "pages"));
    }

    bool has_login() const {
        return std::any_of(all_.recipients.begin(), all_.recipients.end(), [](const auto& each) {
            return each.login;
        });
    }

    void retention() {
        heading("retention");
        head_of_table({"item", "period"});
        row(say("keep_entities"), say("not_stated"));
        for (const auto& [name, days] : all_.periods) {
            row(say("keep_" + name), say("days", {{"days", std::to_string(days)}}));
        }
        if (has_login()) {
            row(say("keep_login_attempts"), say("until_login_ends"));
        }
    }

    void measures() {
        heading("measures");
        for (const std::string& each : all_.measures) {
            line("- " + say("measure_" + each));
        }
        line("- " + say("decisions", {{"every", cell(all_.findings_every)}}));
        if (!all_.lacking.empty()) {
            line();
            line(say("lacking"));
            line();
        }
        for (const std::string& each : all_.lacking) {
            line("- " + say("lack_" + each));
        }
    }

    const Register& all_;
    std::string language_;
    std::string out_;
};

}  // namespace

std::string to_markdown(const Register& all, const std::string& language) {
    return Page(all, language).write();
}

}  // namespace hrbridge::processing
