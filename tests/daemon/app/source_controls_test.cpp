#include "daemon/app/source_controls.h"

#include <gmock/gmock.h>

#include "daemon/app/services.h"
#include "daemon/base/error.h"
#include "tests/daemon/app/support/command_bench.h"
#include "tests/daemon/jobs/support/scripted_connector.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_log.h"

namespace hrbridge::app {
namespace {

using check::ControlForm;
using testing::ElementsAre;

constexpr std::size_t kRows = 35;  // more than three blocks

class SourceControlsOf : public testing::Test {
  protected:
    SourceControlsOf() {
        services_ =
            load_services(bench_.folder.file("hrbridge.yaml"), log_, clock_, metrics_).services;
        store::migrate(*services_->store->connect());
        auto source = std::make_unique<test::ScriptedConnector>(
            std::vector<base::DescribedColumn>{{"code", "varchar", 32},
                                               {"name", "varchar", 80},
                                               {"kind", "varchar", 16},
                                               {"note", "varchar", 80}});
        source_ = source.get();
        for (std::size_t i = 0; i < kRows; ++i) {
            source_->put({std::to_string(100 + i), "n", i % 2 == 0 ? "production" : "rework", ""});
        }
        services_->connectors["files"] = std::move(source);
    }

    std::string rows_of_the_source() {
        check::RuleSpec rule;
        rule.id = "K01";
        rule.form = ControlForm{ControlForm::Of::Rows, "test/operation", "", ""};
        const std::vector<check::RuleSpec> rules{rule};
        const CommandLine line;
        test::Collected output;
        const CommandContext context{*services_, line, "", "uid 0", output, {}};
        const project::Module module;
        SourceControls controls(context, module, {&services_->mappings.front()}, rules, 1);
        const auto figure = controls.figure(std::get<ControlForm>(rules[0].form));
        return figure ? figure.value() : "fault " + figure.fault().what;
    }

    test::CommandBench bench_;
    test::ManualClock clock_;
    test::MemoryLog log_;
    monitoring::Metrics metrics_;
    std::unique_ptr<Services> services_;
    test::ScriptedConnector* source_ = nullptr;
};

TEST_F(SourceControlsOf, ARowsCountAsksForTheKeyAlone) {
    EXPECT_EQ(rows_of_the_source(), "35");
    EXPECT_THAT(source_->last_request().only, ElementsAre("code"));
}

TEST_F(SourceControlsOf, AReadingThatFailedInTheMidstCountsNoRowTwice) {
    source_->before_block = [this](int given) {
        if (given == 2 && source_->openings() == 1) {
            throw base::ConnectorError("files", "08S01", base::Remedy::Retry, "lost");
        }
    };
    EXPECT_EQ(rows_of_the_source(), "35");
    EXPECT_EQ(source_->openings(), 2);
    EXPECT_EQ(source_->last_request().after, "") << "from the beginning, with nothing kept";
}

}  // namespace
}  // namespace hrbridge::app
