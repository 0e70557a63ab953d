#include "connectors/file/xlsx_package.h"

#include <array>
#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>
#include <zip.h>

namespace hrbridge::file {
namespace {

constexpr std::uint64_t kSmall = 64ULL << 20U;
constexpr std::uint64_t kMostRatio = 200;
constexpr std::int64_t kMostParts = 10'000;
constexpr std::size_t kPiece = 64U << 10U;
constexpr std::string_view kOldFormat = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

std::string first_bytes(int descriptor) {
    std::array<char, 8> head{};
    const ssize_t got = ::pread(descriptor, head.data(), head.size(), 0);
    return {head.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

class ZipPart final : public XlsxPackage::Part {
  public:
    ZipPart(const XlsxPackage& package,
            zip_file_t* file,
            std::string name,
            std::uint64_t packed,
            std::uint64_t most)
        : package_(package), file_(file), name_(std::move(name)), packed_(packed), most_(most) {}
    ZipPart(const ZipPart&) = delete;
    ZipPart& operator=(const ZipPart&) = delete;
    ~ZipPart() override { zip_fclose(file_); }

    std::size_t read(char* place, std::size_t size) override {
        const zip_int64_t got = zip_fread(file_, place, size);
        if (got < 0) {
            package_.fail(fmt::format("is damaged: {} cannot be unpacked; save it again", name_));
        }
        unpacked_ += static_cast<std::uint64_t>(got);
        if (unpacked_ > most_ || (unpacked_ > kSmall && unpacked_ / kMostRatio > packed_)) {
            package_.fail(
                fmt::format("has a part {} that unpacks to more than max_file_bytes, or to more "
                            "than {} times its size; it is not read",
                            name_,
                            kMostRatio));
        }
        return static_cast<std::size_t>(got);
    }

  private:
    const XlsxPackage& package_;
    zip_file_t* file_;
    std::string name_;
    std::uint64_t packed_;
    std::uint64_t most_;
    std::uint64_t unpacked_ = 0;
};

}  // namespace

struct XlsxPackage::Zip {
    explicit Zip(zip_t* opened) : archive(opened) {}
    Zip(const Zip&) = delete;
    Zip& operator=(const Zip&) = delete;
    ~Zip() { zip_discard(archive); }
    zip_t* archive;
};

XlsxPackage::XlsxPackage(const OpenFile& file, std::uint64_t most_bytes)
    : file_(file), most_bytes_(most_bytes) {
    if (first_bytes(file.descriptor()) == kOldFormat) {
        file.fail(
            "is an old .xls workbook or protected by a password; save it as .xlsx without one");
    }
    const int descriptor = ::dup(file.descriptor());
    int error = 0;
    zip_t* const archive = descriptor < 0 ? nullptr : zip_fdopen(descriptor, 0, &error);
    if (archive == nullptr) {
        if (descriptor >= 0) {
            ::close(descriptor);
        }
        file.fail("is no .xlsx workbook, or not whole; save it again");
    }
    zip_ = std::make_unique<Zip>(archive);
    if (zip_get_num_entries(archive, 0) > kMostParts) {
        file.fail("has more than 10,000 parts; it is not read");
    }
}

XlsxPackage::~XlsxPackage() = default;

std::unique_ptr<XlsxPackage::Part> XlsxPackage::open(const std::string& name) const {
    const zip_int64_t index = zip_name_locate(zip_->archive, name.c_str(), ZIP_FL_NOCASE);
    if (index < 0) {
        fail(fmt::format("is no .xlsx workbook: it has no part {}", name));
    }
    zip_stat_t status;
    zip_stat_init(&status);
    const auto place = static_cast<zip_uint64_t>(index);
    if (zip_stat_index(zip_->archive, place, 0, &status) != 0 ||
        (status.valid & ZIP_STAT_COMP_SIZE) == 0) {
        fail(fmt::format("is damaged: {} cannot be found", name));
    }
    if ((status.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 &&
        status.encryption_method != ZIP_EM_NONE) {
        fail("is protected by a password; save it without one");
    }
    zip_file_t* const part = zip_fopen_index(zip_->archive, place, 0);
    if (part == nullptr) {
        fail(fmt::format("is damaged: {} cannot be unpacked; save it again", name));
    }
    return std::make_unique<ZipPart>(*this, part, name, status.comp_size, most_bytes_);
}

void XlsxPackage::parse(const std::string& name, XmlParser::Callbacks callbacks) const {
    const auto part = open(name);
    XmlParser parser(std::move(callbacks));
    std::vector<char> piece(kPiece);
    std::size_t got = 0;
    do {
        got = part->read(piece.data(), piece.size());
        if (const std::string wrong = parser.feed({piece.data(), got}, got == 0); !wrong.empty()) {
            fail(fmt::format("is damaged: {}: {}", name, wrong));
        }
    } while (got > 0);
}

}  // namespace hrbridge::file
