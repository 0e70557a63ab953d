#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/base/yaml.h"

// The record of processing activities (PIPL art. 55 and 56, GDPR art. 30), made of what mappings
// and configuration say. Nothing in it is a guess: what nobody stated is shown as not stated.
namespace hrbridge::processing {

// What no setting tells, in the words of whoever answers for it; empty: not stated.
struct Stated {
    std::string controller;
    std::string contact;
    std::string officer;
    std::string transfers;  // to other countries
    struct Source {
        std::string purpose;
        std::string legal_basis;
        std::string people;  // whose data it is
    };
    std::map<std::string, Source> sources;  // by name
};

// The section `processing:`. `sources` are those of the configuration: another one is a fault.
Stated read_stated(base::YamlReader reader, const std::vector<std::string>& sources);

struct Field {
    std::string name;      // the entity's
    std::string category;  // as the mapping marks it: name, high
    bool stored = true;    // else only checks look at it
    bool sealed = false;
};

struct Activity {
    std::string mapping;
    std::string entity;
    std::string every;          // "15m" or a cron expression; empty: by hand
    std::vector<Field> fields;  // those that the mapping marks as personal
    std::size_t others = 0;     // fields that it does not mark
    std::int64_t rejects_days = 0;
    bool keeps_versions = false;
    bool deactivates = false;  // what the source no longer has
};

struct Source {
    std::string name;
    std::string kind;
    std::vector<Activity> activities;
};

struct Recipient {
    std::string kind;     // "wecom"
    std::string address;  // of the platform
    std::string account;  // of the company there
    std::size_t receivers = 0;
    bool answers = false;  // what receivers do there is told back
    bool login = false;    // people log in to the pages there
};

struct Register {
    std::string product;
    std::string made_at;
    std::string configuration;
    Stated stated;
    std::vector<Source> sources;
    std::vector<Recipient> recipients;
    // Days, by a name that the catalogue has as keep_<name>.
    std::vector<std::pair<std::string, std::int64_t>> periods;
    // Notes of the catalogue, measure_<name>, that hold by the configuration.
    std::vector<std::string> measures;
    std::vector<std::string> lacking;  // measures that the configuration could have and has not
    std::string findings_every;
};

// `language`: zh or en.
std::string to_markdown(const Register& all, const std::string& language);
std::string to_json(const Register& all);

}  // namespace hrbridge::processing
