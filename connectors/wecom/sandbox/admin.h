#pragma once

#include "connectors/wecom/sandbox/exchange.h"
#include "connectors/wecom/sandbox/state.h"

namespace hrbridge::wecom::sandbox {

// JSON under /sandbox/, for scripts and tests in other processes:
//   GET  messages[?userid=]   what was delivered       GET  stats
//   POST troubles {"api","way":"refuse|drop_before|drop_after|hang|garble","errcode","times"}
//   POST tokens {"state":"expired|forgotten"}          POST clock {"offset_seconds"}
//   POST trusted_ips {"addresses":[]}                  POST press {"id","key"}
//   POST people {"people":[{"userid","name","visible","licensed","active"}]}
//   POST punches {"punches":[{"userid","checkin_type","checkin_time",…}]}
//   POST callback {"url","token","encoding_aes_key"}   POST verify {} checks the callback URL
// Locks the state itself.
Response administer(State& state, const Request& request);

std::vector<Person> people_of(const std::string& json);
std::vector<Punch> punches_of(const std::string& json);

}  // namespace hrbridge::wecom::sandbox
