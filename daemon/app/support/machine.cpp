#include "daemon/app/support/machine.h"

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <elf.h>
#include <fmt/format.h>
#include <link.h>
#include <nlohmann/json.hpp>
#include <sys/utsname.h>

#include "daemon/app/support/systemd.h"
#include "daemon/base/yaml.h"
#include "daemon/store/store.h"

namespace hrbridge::app::support {
namespace {

using Json = nlohmann::json;

constexpr const char* kFolder = "/etc/hrbridge";
constexpr std::size_t kAlign = 4;

std::size_t aligned(std::size_t size) {
    return (size + kAlign - 1) / kAlign * kAlign;
}

// Of a segment of notes; empty when it has none.
std::string build_id_in(const char* notes, std::size_t size) {
    while (size >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) head{};
        std::memcpy(&head, notes, sizeof head);
        const std::size_t whole = sizeof head + aligned(head.n_namesz) + aligned(head.n_descsz);
        if (whole > size) {
            break;
        }
        if (head.n_type == NT_GNU_BUILD_ID) {
            std::string id;
            const char* const bytes = notes + sizeof head + aligned(head.n_namesz);
            for (std::size_t i = 0; i < head.n_descsz; ++i) {
                id += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
            }
            return id;
        }
        notes += whole;
        size -= whole;
    }
    return {};
}

// By which the symbols of a build are found. The program is the first object of the list.
int find_build_id(dl_phdr_info* object, std::size_t, void* out) {
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        std::string& id = *static_cast<std::string*>(out);
        if (segment.p_type == PT_NOTE && id.empty()) {
            id = build_id_in(
                reinterpret_cast<const char*>(object->dlpi_addr + segment.p_vaddr),  // NOLINT
                segment.p_memsz);
        }
    }
    return 1;
}

std::string distribution() {
    std::ifstream file("/etc/os-release");
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("PRETTY_NAME=", 0) == 0) {
            std::string name = line.substr(std::strlen("PRETTY_NAME="));
            std::erase(name, '"');
            return name;
        }
    }
    return {};
}

std::string version() {
    std::string build_id;
    ::dl_iterate_phdr(find_build_id, &build_id);
    utsname about{};
    ::uname(&about);
    return Json{{"product", "hrbridge " HRBRIDGE_VERSION},
                {"build_id", build_id},
                {"compiler", __VERSION__},
                {"newest_schema", store::newest_schema_version()},
                {"system", distribution()},
                {"kernel", about.release},
                {"machine", about.machine}}
               .dump(2) +
           "\n";
}

}  // namespace

std::string unit_of(const std::string& config_file) {
    const auto folder = std::filesystem::absolute(config_file).lexically_normal().parent_path();
    return folder.parent_path() == kFolder
               ? fmt::format("hrbridge@{}.service", folder.filename().string())
               : "hrbridge.service";
}

Parts machine_parts(const std::string& config_file) {
    const std::string unit = unit_of(config_file);
    Parts parts;
    parts.add("version.json", version);
    parts.add("systemd.json", [&unit] { return state_of_unit(unit); });
    parts.add("journal.txt", [&unit] { return journal_of_unit(unit); });
    return parts;
}

}  // namespace hrbridge::app::support
