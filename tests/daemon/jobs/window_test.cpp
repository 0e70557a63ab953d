#include "daemon/jobs/window.h"

#include <chrono>
#include <string_view>

#include <gtest/gtest.h>

namespace hrbridge::jobs {
namespace {

using base::Timestamp;
using namespace std::chrono_literals;

Timestamp at(std::string_view text) {
    return base::parse_timestamp(text).value_or(Timestamp{});
}
const Timestamp kNow = at("2024-05-06 12:00:00Z");

engine::Mapping windowed() {
    engine::Mapping mapping;
    mapping.name = "erp/person";
    mapping.hash = "aaaa";
    mapping.sync.window_by = "changed";
    mapping.sync.overlap_ms = 30 * 60 * 1000;
    mapping.sync.hold_back_ms = 2 * 60 * 1000;
    return mapping;
}

store::Checkpoint complete(Timestamp window_to) {
    store::Checkpoint last;
    last.mapping = "erp/person";
    last.mapping_hash = "aaaa";
    last.position = "E000999";
    last.window_from = window_to - 1h;
    last.window_to = window_to;
    return last;
}

store::Checkpoint incomplete(Timestamp window_to) {
    store::Checkpoint last = complete(window_to);
    last.complete = false;
    return last;
}

TEST(Window, FirstRunHasNoLowerBound) {
    const Reading reading = decide_reading(windowed(), std::nullopt, {}, kNow);
    EXPECT_TRUE(reading.full);
    EXPECT_FALSE(reading.start.window_from);
    EXPECT_EQ(reading.start.window_to, kNow - 2min);
    EXPECT_TRUE(reading.start.position.empty());
}

TEST(Window, ReadingsFromTheBeginningAreCountedWhereKeysAreChanged) {
    ReadWish full;
    full.full = true;
    store::Checkpoint last = complete(kNow - 15min);
    last.epoch = 4;
    EXPECT_EQ(decide_reading(windowed(), last, full, kNow).start.epoch, 4);
    last.keys_changed = true;
    EXPECT_EQ(decide_reading(windowed(), last, {}, kNow).start.epoch, 4);
    EXPECT_EQ(decide_reading(windowed(), last, full, kNow).start.epoch, 5);
    EXPECT_TRUE(decide_reading(windowed(), last, full, kNow).start.keys_changed);
    last.complete = false;
    EXPECT_EQ(decide_reading(windowed(), last, full, kNow).start.epoch, 5);
    last.window_from.reset();
    EXPECT_EQ(decide_reading(windowed(), last, full, kNow).start.epoch, 4) << "it goes on";
}

TEST(Window, NextRunBeginsAnOverlapBeforeTheLastBound) {
    const Reading reading = decide_reading(windowed(), complete(kNow - 15min), {}, kNow);
    EXPECT_FALSE(reading.full);
    EXPECT_EQ(reading.start.window_from, kNow - 45min);
    EXPECT_EQ(reading.start.window_to, kNow - 2min);
    EXPECT_TRUE(reading.start.position.empty());
    EXPECT_FALSE(reading.start.complete);
}

TEST(Window, IncompleteRunGoesOnWithItsOwnBounds) {
    const store::Checkpoint last = incomplete(kNow - 5h);
    const Reading reading = decide_reading(windowed(), last, {}, kNow);
    EXPECT_EQ(reading.start.window_from, last.window_from);
    EXPECT_EQ(reading.start.window_to, last.window_to);
    EXPECT_EQ(reading.start.position, last.position);
    EXPECT_EQ(reading.notes.size(), 1U);
}

TEST(Window, ChangedMappingReadsEverythingAndSaysSo) {
    engine::Mapping mapping = windowed();
    mapping.hash = "bbbb";
    for (const store::Checkpoint& last : {complete(kNow - 15min), incomplete(kNow - 15min)}) {
        const Reading reading = decide_reading(mapping, last, {}, kNow);
        EXPECT_TRUE(reading.full);
        EXPECT_FALSE(reading.start.window_from);
        EXPECT_TRUE(reading.start.position.empty());
        EXPECT_EQ(reading.start.mapping_hash, "bbbb");
        EXPECT_EQ(reading.notes.size(), 1U);
    }
}

TEST(Window, MappingWithoutAWindowReadsEverythingEachTime) {
    engine::Mapping mapping = windowed();
    mapping.sync.window_by.clear();
    store::Checkpoint last = complete(kNow);
    last.window_from.reset();
    last.window_to.reset();
    const Reading reading = decide_reading(mapping, last, {}, kNow);
    EXPECT_TRUE(reading.full);
    EXPECT_FALSE(reading.start.window_to);
    EXPECT_TRUE(reading.start.position.empty());
}

TEST(Window, WishForEverythingWinsOverAnIncompleteRun) {
    const Reading reading =
        decide_reading(windowed(), incomplete(kNow - 15min), {.full = true, .from = {}}, kNow);
    EXPECT_TRUE(reading.full);
    EXPECT_TRUE(reading.start.position.empty());
    EXPECT_FALSE(reading.start.window_from);
}

TEST(Window, WishForAStartWidensAndNeverLeavesAGap) {
    const store::Checkpoint last = complete(kNow - 15min);
    const Reading earlier =
        decide_reading(windowed(), last, {.full = false, .from = kNow - 24h}, kNow);
    EXPECT_EQ(earlier.start.window_from, kNow - 24h);
    const Reading later =
        decide_reading(windowed(), last, {.full = false, .from = kNow - 5min}, kNow);
    EXPECT_EQ(later.start.window_from, kNow - 45min);
}

TEST(Window, WhatTheConnectorRemembersIsForgottenOnlyWhenAllIsToBeReadAnew) {
    store::Checkpoint last = complete(kNow - 15min);
    last.memory = "a.csv";
    EXPECT_EQ(decide_reading(windowed(), last, {}, kNow).start.memory, "a.csv");
    EXPECT_EQ(decide_reading(windowed(), last, {.full = true, .from = {}}, kNow).start.memory, "");
    engine::Mapping mapping = windowed();
    mapping.sync.window_by.clear();
    EXPECT_EQ(decide_reading(mapping, last, {}, kNow).start.memory, "a.csv");
    mapping.hash = "bbbb";
    EXPECT_EQ(decide_reading(mapping, last, {}, kNow).start.memory, "");
    last.mapping_hash = "bbbb";
    last.complete = false;
    EXPECT_EQ(decide_reading(mapping, last, {}, kNow).start.memory, "a.csv");
}

TEST(Window, WishForAStartLimitsTheFirstRun) {
    const Reading reading =
        decide_reading(windowed(), std::nullopt, {.full = false, .from = kNow - 24h}, kNow);
    EXPECT_FALSE(reading.full);
    EXPECT_EQ(reading.start.window_from, kNow - 24h);
}

TEST(Window, WishForAStartDoesNotForgetTheRestOfAnIncompleteRun) {
    const store::Checkpoint last = incomplete(kNow - 15min);
    const Reading reading =
        decide_reading(windowed(), last, {.full = false, .from = kNow - 5min}, kNow);
    EXPECT_LE(reading.start.window_from, last.window_from);
}

TEST(Window, IncompleteFirstRunStaysWithoutALowerBoundWhateverIsWished) {
    store::Checkpoint last = incomplete(kNow - 15min);
    last.window_from.reset();
    const Reading reading =
        decide_reading(windowed(), last, {.full = false, .from = kNow - 5min}, kNow);
    EXPECT_TRUE(reading.full);
    EXPECT_FALSE(reading.start.window_from);
}

TEST(Window, ClockSetBackKeepsTheUpperBoundAndTakesTheLowerOneAlong) {
    const store::Checkpoint last = complete(kNow);
    const Reading reading = decide_reading(windowed(), last, {}, kNow - 1h);
    EXPECT_EQ(reading.start.window_to, kNow);
    EXPECT_EQ(reading.start.window_from, kNow - 1h - 2min - 30min);
    ASSERT_EQ(reading.notes.size(), 1U);
    EXPECT_NE(reading.notes[0].find("clock is behind"), std::string::npos);
}

// Rows written while the clock runs through the same times once more are stamped before the bound.
TEST(Window, EveryMomentAfterAClockWasSetBackIsRead) {
    engine::Mapping mapping = windowed();
    mapping.sync.overlap_ms = 0;
    mapping.sync.hold_back_ms = 0;
    store::Checkpoint last = complete(kNow);
    for (const auto step : {-45min, -30min, -15min, 1min, 15min}) {
        const Timestamp before = last.reached.value_or(kNow - 45min);
        const Reading reading = decide_reading(mapping, last, {}, kNow + step);
        EXPECT_LE(reading.start.window_from, before) << step.count();
        EXPECT_GE(reading.start.window_to, kNow) << step.count();
        last = reading.start;
        last.complete = true;
    }
    EXPECT_EQ(last.window_from, kNow + 1min);
}

AskedBetween own(Timestamp wall, std::chrono::minutes running, const char* boot = "b1") {
    const OwnClock clock{boot, running, wall};
    return {clock, clock};
}

store::Checkpoint decided_at(Timestamp window_to, const AskedBetween& clock) {
    store::Checkpoint last = complete(window_to);
    last.reached = window_to;
    last.own_clock = clock.before.encode();
    return last;
}

engine::Mapping without_overlap() {
    engine::Mapping mapping = windowed();
    mapping.sync.overlap_ms = 0;
    mapping.sync.hold_back_ms = 0;
    return mapping;
}

// It went back right behind the last run, and 15 minutes of rows were written since.
TEST(Window, AllRowsWrittenSinceTheSourcesClockWentBackAreRead) {
    const auto last = decided_at(kNow, own(kNow, 0min));
    for (const std::chrono::minutes back : {-2880min, -60min, -20min, -5min}) {
        const Timestamp source_now = kNow + back + 15min;
        for (const Timestamp wall : {kNow + 15min, kNow + back, kNow + 48h}) {
            const Reading reading =
                decide_reading(without_overlap(), last, {}, source_now, own(wall, 15min));
            EXPECT_FALSE(reading.full);
            EXPECT_EQ(reading.start.window_from, std::min(kNow, kNow + back)) << back.count();
        }
    }
}

TEST(Window, AClockThatRunsOnIsReadOnWithoutARowTwice) {
    const auto last = decided_at(kNow, own(kNow, 0min));
    const Reading reading =
        decide_reading(without_overlap(), last, {}, kNow + 15min, own(kNow + 15min, 15min));
    EXPECT_EQ(reading.start.window_from, kNow);
    EXPECT_EQ(reading.start.own_clock, own(kNow + 15min, 15min).before.encode());
}

TEST(Window, OverABootTheWallClockTellsHowMuchTimeWentBy) {
    const auto last = decided_at(kNow, own(kNow, 500min));
    const Reading reading =
        decide_reading(without_overlap(), last, {}, kNow - 45min, own(kNow + 15min, 1min, "b2"));
    EXPECT_EQ(reading.start.window_from, kNow - 1h);
}

TEST(Window, WhenNoClockTellsHowMuchTimeWentByAllIsRead) {
    const auto last = decided_at(kNow, own(kNow, 500min));
    const auto behind = own(kNow - 1h, 1min, "b2");
    EXPECT_TRUE(decide_reading(without_overlap(), last, {}, kNow - 45min, behind).full);
    EXPECT_FALSE(decide_reading(without_overlap(), last, {}, kNow + 15min, behind).full);
}

TEST(Window, RunTakenUpKeepsWhereTheClockStoodWhenItBegan) {
    store::Checkpoint last = incomplete(kNow);
    last.reached = kNow - 45min;
    EXPECT_EQ(decide_reading(windowed(), last, {}, kNow - 15min).start.reached, kNow - 45min);
}

TEST(Window, BoundNeverMovesBackForAFullReadEither) {
    const Reading reading =
        decide_reading(windowed(), complete(kNow), {.full = true, .from = {}}, kNow - 1h);
    EXPECT_EQ(reading.start.window_to, kNow);
}

}  // namespace
}  // namespace hrbridge::jobs
