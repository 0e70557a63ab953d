#include "mappings/engine/mapper.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "daemon/base/text.h"
#include "mappings/engine/field_plan.h"
#include "mappings/engine/source_rows.h"
#include "mappings/engine/types.h"
#include "mappings/engine/watermark.h"

namespace hrbridge::engine {

struct Mapper::Impl {
    CellReader reader;
    std::vector<FieldPlan> fields;
    std::vector<base::Column> layout;
    std::vector<std::size_t> hashed;  // indexes of stored fields
    std::vector<std::pair<std::string, std::size_t>> keys;
    std::optional<std::size_t> malformed;
    std::optional<std::size_t> watermark;
    SourceRows sources;
    MapCounts counts;
    std::optional<WatermarkForm> form;
    std::vector<std::uint8_t> rejected;
    base::RowHasher hasher;

    void reject_records(const base::RawBlock& block, std::vector<RowFault>& faults);
    void reject_keyless(const base::RawBlock& block, std::vector<RowFault>& faults);
    void hash_rows(base::Batch& batch);
    void time_rows(const base::RawBlock& block, base::Batch& batch);
    void prepare(const base::RawBlock& block, MapOutcome& out);
};

namespace {

constexpr std::size_t kShownReason = 200;
// Of a row that says no time: it counts as older than all that say one.
constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();

std::optional<std::size_t> find_column(const std::vector<base::DescribedColumn>& columns,
                                       std::string_view name) {
    const std::string wanted = base::to_lower_ascii(name);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (base::to_lower_ascii(columns[i].name) == wanted) {
            return i;
        }
    }
    return std::nullopt;
}

// Padding is the type's, so only columns that the source or the contract call char are trimmed.
bool is_padded(const Mapping& mapping, const base::DescribedColumn& column) {
    if (!mapping.read_as.trim_char_padding) {
        return false;
    }
    if (family_of(column.type) == Family::FixedText) {
        return true;
    }
    const std::string wanted = base::to_lower_ascii(column.name);
    return std::any_of(
        mapping.columns.begin(), mapping.columns.end(), [&](const ContractColumn& own) {
            return base::to_lower_ascii(own.name) == wanted &&
                   family_of(own.type) == Family::FixedText;
        });
}

// Of each field: under a megabyte for all of them, however many there are.
std::size_t remembered_values(std::size_t fields) {
    constexpr std::size_t kOfAll = 8192;
    constexpr std::size_t kMost = 2048;
    return std::bit_floor(std::clamp(kOfAll / fields, std::size_t{8}, kMost));
}

void add_cell(base::RowHasher& hasher, const base::Column& column, std::size_t row) {
    if (column.is_null(row)) {
        hasher.add_null();
        return;
    }
    switch (column.type().kind) {
        case base::Kind::Int:
            hasher.add_int(column.word(row));
            return;
        case base::Kind::Bool:
            hasher.add_bool(column.word(row) != 0);
            return;
        case base::Kind::Decimal:
            hasher.add_decimal(column.decimal(row), column.type().scale);
            return;
        case base::Kind::Text:
            hasher.add_text(column.bytes(row));
            return;
        case base::Kind::Bytes:
            hasher.add_bytes(column.bytes(row));
            return;
        case base::Kind::Date:
            hasher.add_date(column.word(row));
            return;
        case base::Kind::Timestamp:
            hasher.add_timestamp(column.word(row));
            return;
    }
}

}  // namespace

Mapper::Mapper(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Mapper::Mapper(Mapper&&) noexcept = default;
Mapper& Mapper::operator=(Mapper&&) noexcept = default;
Mapper::~Mapper() = default;

base::Result<Mapper> Mapper::make(const Mapping& mapping,
                                  const std::vector<base::DescribedColumn>& columns,
                                  base::Date today,
                                  const base::SealKeys* keys) {
    const auto decoder = Decoder::make(mapping.read_as.charset);
    const auto zone = base::Zone::find(mapping.read_as.zone);
    if (!decoder || !zone) {
        return base::Fault{mapping.file,
                           decoder ? "this machine does not know the zone " + mapping.read_as.zone
                                   : "unknown charset " + mapping.read_as.charset};
    }
    std::vector<CellReader::Column> read;
    read.reserve(columns.size());
    for (const base::DescribedColumn& column : columns) {
        read.push_back({column.name, is_padded(mapping, column)});
    }
    auto impl = std::make_unique<Impl>(
        Impl{CellReader(*decoder, std::move(read), mapping.read_as.empty_is_null),
             {},
             {},
             {},
             {},
             {},
             {},
             {},
             {},
             {},
             {},
             {}});
    const FieldPlan::Setting setting{
        *zone, today, [&](std::string_view name) { return find_column(columns, name); }};
    for (const FieldRule& rule : mapping.fields) {
        auto plan = FieldPlan::make(rule, setting);
        if (!plan) {
            return base::Fault{
                mapping.file + ":" + std::to_string(rule.line) + ": fields." + rule.target,
                plan.fault().what};
        }
        if (rule.stored) {
            impl->hashed.push_back(impl->fields.size());
        }
        impl->fields.push_back(std::move(plan).value());
        impl->layout.emplace_back(rule.target, batch_type(rule));
    }
    for (FieldPlan& field : impl->fields) {
        field.remember(remembered_values(impl->fields.size()));
    }
    std::vector<SourceRows::KeyColumn> source_key;
    for (const std::string& key : mapping.key) {
        const auto column = find_column(columns, key);
        if (!column) {
            return base::Fault{mapping.file + ": source.key", "the source has no column " + key};
        }
        impl->keys.emplace_back(key, *column);
        source_key.push_back({key, *column, is_padded(mapping, columns[*column])});
    }
    impl->malformed = find_column(columns, base::kMalformedColumn);
    if (!mapping.sync.window_by.empty()) {
        impl->watermark = find_column(columns, mapping.sync.window_by);
        impl->sources = SourceRows(mapping, source_key, keys);
    }
    return Mapper(std::move(impl));
}

void Mapper::Impl::prepare(const base::RawBlock& block, MapOutcome& out) {
    out.rejects.clear();
    out.batch.clear();
    const bool same = out.batch.columns.size() == layout.size() &&
                      std::equal(layout.begin(),
                                 layout.end(),
                                 out.batch.columns.begin(),
                                 [](const base::Column& a, const base::Column& b) {
                                     return a.name() == b.name() && a.type() == b.type();
                                 });
    if (!same) {
        out.batch.columns = layout;
    }
    rejected.assign(block.rows, 0);
    reader.use(block);
}

// A record that the connector could not take apart: its first line is the reason.
void Mapper::Impl::reject_records(const base::RawBlock& block, std::vector<RowFault>& faults) {
    if (!malformed) {
        return;
    }
    const base::RawColumn& column = block.columns[*malformed];
    for (std::size_t row = 0; row < block.rows; ++row) {
        if (column.has_bytes(row)) {
            const std::string_view cell = column.cell(row);
            const std::string_view reason = cell.substr(0, cell.find('\n'));
            rejected[row] = 1;
            faults.push_back({static_cast<std::uint32_t>(row),
                              "record",
                              "",
                              base::is_valid_utf8(reason)
                                  ? base::shorten(reason, kShownReason)
                                  : std::string("the record is malformed")});
        }
    }
}

void Mapper::Impl::reject_keyless(const base::RawBlock& block, std::vector<RowFault>& faults) {
    for (const auto& [name, index] : keys) {
        const base::RawColumn& column = block.columns[index];
        for (std::size_t row = 0; row < block.rows; ++row) {
            if (!column.has_bytes(row) && rejected[row] == 0) {
                rejected[row] = 1;
                faults.push_back({static_cast<std::uint32_t>(row),
                                  "key",
                                  "",
                                  "the source's key column " + name + " is " +
                                      (column.is_null(row) ? "NULL" : "missing in the record")});
            }
        }
    }
}

void Mapper::Impl::hash_rows(base::Batch& batch) {
    const std::size_t rows = batch.rows();
    batch.hashes.reserve(rows);
    for (std::size_t row = 0; row < rows; ++row) {
        for (const std::size_t field : hashed) {
            add_cell(hasher, batch.columns[field], row);
        }
        batch.hashes.push_back(hasher.finish());
    }
}

void Mapper::Impl::time_rows(const base::RawBlock& block, base::Batch& batch) {
    if (!watermark) {
        return;
    }
    batch.times.reserve(batch.source_rows.size());
    batch.sources.reserve(batch.source_rows.size());
    for (std::size_t i = 0; i < batch.source_rows.size(); ++i) {
        const std::uint32_t row = batch.source_rows[i];
        batch.sources.push_back(sources.number_of(block, row, batch, i));
        const auto time = watermark_of(block.columns[*watermark].cell(row));
        if (time && !form) {
            form = engine::watermark_form(block.columns[*watermark].cell(row));
        }
        batch.times.push_back(time.value_or(kNoTime));
        counts.untimed += time ? 0 : 1;
    }
}

void Mapper::map(const base::RawBlock& block, MapOutcome& out) {
    Impl& impl = *impl_;
    impl.prepare(block, out);
    impl.reject_records(block, out.rejects);
    impl.reject_keyless(block, out.rejects);
    for (std::size_t i = 0; i < impl.fields.size(); ++i) {
        impl.fields[i].map(impl.reader, block, {out.batch.columns[i], impl.rejected, out.rejects});
        impl.fields[i].collect(impl.counts);
    }
    std::sort(out.rejects.begin(), out.rejects.end(), [](const RowFault& a, const RowFault& b) {
        return a.row < b.row;
    });
    if (!out.rejects.empty()) {
        std::vector<std::uint8_t> keep(block.rows);
        std::transform(
            impl.rejected.begin(), impl.rejected.end(), keep.begin(), [](std::uint8_t bad) {
                return static_cast<std::uint8_t>(bad == 0 ? 1 : 0);
            });
        for (base::Column& column : out.batch.columns) {
            column.retain(keep);
        }
    }
    for (std::uint32_t row = 0; row < block.rows; ++row) {
        if (impl.rejected[row] == 0) {
            out.batch.source_rows.push_back(row);
        }
    }
    impl.hash_rows(out.batch);
    impl.time_rows(block, out.batch);
    impl.counts.rows += static_cast<std::int64_t>(block.rows);
}

const MapCounts& Mapper::counts() const {
    return impl_->counts;
}

std::optional<WatermarkForm> Mapper::watermark_form() const {
    return impl_->form;
}

const std::vector<base::Column>& Mapper::layout() const {
    return impl_->layout;
}

}  // namespace hrbridge::engine
