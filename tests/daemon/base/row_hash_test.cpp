#include "daemon/base/row_hash.h"

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/base/seal.h"
#include "daemon/base/text.h"

namespace hrbridge::base {
namespace {

struct Vector {
    std::string name;
    std::string cells;
    std::string canonical;
    std::string hash;
    std::string sealed;
};

// Made by row_hash_vectors.py, which shares no code with the daemon.
std::vector<Vector> vectors() {
    std::ifstream in(HRBRIDGE_SOURCE_DIR "/tests/daemon/base/row_hash_vectors.txt");
    std::vector<Vector> read;
    for (std::string line; std::getline(in, line);) {
        const auto parts = split(line, '\t');
        if (line.starts_with('#') || parts.size() != 5) {
            continue;
        }
        read.push_back({std::string(parts[0]),
                        std::string(parts[1]),
                        std::string(parts[2]),
                        std::string(parts[3]),
                        std::string(parts[4])});
    }
    return read;
}

void add_cell(RowHasher& hasher, const std::string& cell) {
    const auto parts = split(cell, ':');
    const std::string kind(parts.at(0));
    const std::string first(parts.size() > 1 ? parts[1] : "");
    if (kind == "null") {
        hasher.add_null();
    } else if (kind == "int") {
        hasher.add_int(std::stoll(first));
    } else if (kind == "bool") {
        hasher.add_bool(first == "1");
    } else if (kind == "decimal") {
        hasher.add_decimal(Decimal::parse(first).value().unscaled(),
                           std::stoi(std::string(parts.at(2))));
    } else if (kind == "text") {
        hasher.add_text(from_hex(first).value());
    } else if (kind == "bytes") {
        hasher.add_bytes(from_hex(first).value());
    } else if (kind == "date") {
        hasher.add_date(std::stoll(first));
    } else if (kind == "timestamp") {
        hasher.add_timestamp(std::stoll(first));
    } else {
        throw std::logic_error("no such kind in the vectors: " + kind);
    }
}

void add_cells(RowHasher& hasher, const std::string& cells) {
    if (cells.empty()) {
        return;
    }
    for (const std::string_view cell : split(cells, ' ')) {
        add_cell(hasher, std::string(cell));
    }
}

RowHash text_row(const std::vector<std::string>& cells) {
    RowHasher hasher;
    for (const std::string& cell : cells) {
        hasher.add_text(cell);
    }
    return hasher.finish();
}

TEST(RowHasher, AgreesWithTheVectorsOfAnotherImplementation) {
    const std::vector<Vector> all = vectors();
    ASSERT_EQ(all.size(), 33U);
    RowHasher hasher;
    std::string key;
    for (char byte = 0; byte < 32; ++byte) {
        key += byte;
    }
    KeyedDigest digest =
        SealKeys::make({{"k1", Secret(key)}}, "k1").value().digest(kRowHashPurpose);
    for (const Vector& vector : all) {
        add_cells(hasher, vector.cells);
        EXPECT_EQ(to_hex(hasher.canonical()), vector.canonical) << vector.name;
        const RowHash hash = hasher.finish();
        EXPECT_EQ(hash.hex(), vector.hash) << vector.name;
        EXPECT_EQ(sealed_hash(hash, digest).hex(), vector.sealed) << vector.name;
    }
}

TEST(RowHasher, StartsAnewAfterEachRow) {
    RowHasher hasher;
    hasher.add_int(7);
    const RowHash first = hasher.finish();
    EXPECT_TRUE(hasher.canonical().empty());
    hasher.add_int(7);
    EXPECT_EQ(hasher.finish(), first);
}

TEST(RowHasher, KeepsCellBordersApart) {
    EXPECT_NE(text_row({"ab", "c"}), text_row({"a", "bc"}));
    EXPECT_NE(text_row({"ab"}), text_row({"ab", ""}));
}

TEST(RowHasher, TakesADecimalByValueWhateverItsScale) {
    for (int scale = 0; scale <= 37; ++scale) {
        RowHasher hasher;
        hasher.add_decimal(Decimal(-5, 0).rescaled(scale).value().unscaled(), scale);
        RowHasher plain;
        plain.add_decimal(-5, 0);
        EXPECT_EQ(hasher.finish(), plain.finish()) << scale;
    }
}

TEST(RowHash, ShowsItsBytesInOrder) {
    RowHash hash;
    hash.bytes[0] = 0xAB;
    hash.bytes[15] = 0x01;
    EXPECT_EQ(hash.hex(), "ab000000000000000000000000000001");
    EXPECT_EQ(hash.view().size(), 16U);
    EXPECT_EQ(hash.view()[15], '\x01');
}

TEST(Hash64, IsXxh3OfTheBytes) {
    // XXH3-64 of nothing, from the algorithm's published test vectors.
    EXPECT_EQ(hash64(""), 0x2D06800538D394C2U);
    EXPECT_NE(hash64("a"), hash64("b"));
}

}  // namespace
}  // namespace hrbridge::base
