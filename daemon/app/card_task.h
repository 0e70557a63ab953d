#pragma once

#include <string>

namespace hrbridge::app {

// The platform takes a task id once in an application's life, but an event goes to several people:
// the event's key, a dash and 12 hex digits of the receiver.
std::string task_for(const std::string& event_key, const std::string& receiver);
// The event's key in such a task id; empty when it is none.
std::string event_of_task(const std::string& task);

}  // namespace hrbridge::app
