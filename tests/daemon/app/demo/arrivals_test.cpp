#include "daemon/app/demo/arrivals.h"

#include <gtest/gtest.h>

namespace hrbridge::app::demo {
namespace {

model::OutboxEvent written(const std::string& key, const std::string& to, const std::string& body) {
    model::OutboxEvent event;
    event.event_key = key;
    event.receiver = to;
    event.request = body;
    return event;
}

wecom::sandbox::Delivery received(const std::string& by, const std::string& body) {
    wecom::sandbox::Delivery delivery;
    delivery.userid = by;
    delivery.message = body;
    return delivery;
}

using Lines = std::vector<std::string>;

TEST(Arrivals, AreCompleteWhenEachReceiverGotHisMessageOnce) {
    EXPECT_EQ(not_arrived({written("a", "HR01", "{1}"), written("a", "hr02", "{2}")},
                          {received("hr02", "{2}"), received("hr01", "{1}")}),
              Lines{});
}

TEST(Arrivals, LackAMessageThatCameToAnotherWithOtherBytesOrTwice) {
    EXPECT_EQ(not_arrived({written("a", "hr01", "{1}")}, {}), Lines{"a to hr01: 0 times"});
    EXPECT_EQ(not_arrived({written("a", "hr01", "{1}")}, {received("hr02", "{1}")}),
              Lines{"a to hr01: 0 times"});
    EXPECT_EQ(not_arrived({written("a", "hr01", "{1}")}, {received("hr01", "{2}")}),
              Lines{"a to hr01: 0 times"});
    EXPECT_EQ(not_arrived({written("a", "hr01", "{1}")},
                          {received("hr01", "{1}"), received("hr01", "{1}")}),
              Lines{"a to hr01: 2 times"});
}

}  // namespace
}  // namespace hrbridge::app::demo
