#include "migration/promotion/stream_digest.h"

#include <stdexcept>

#include <openssl/evp.h>

#include "daemon/base/row_hash.h"
#include "daemon/store/scan_cells.h"

namespace hrbridge::promotion {
namespace {

void check(bool went_well) {
    if (!went_well) {
        throw std::runtime_error("OpenSSL has no SHA-256");
    }
}

}  // namespace

struct StreamDigest::Impl {
    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
    base::RowHasher row;
};

StreamDigest::StreamDigest() : impl_(std::make_unique<Impl>()) {
    check(impl_->context != nullptr &&
          EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) == 1);
}

StreamDigest::~StreamDigest() = default;

void StreamDigest::add(std::string_view bytes) {
    check(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()) == 1);
}

void StreamDigest::add_text(std::string_view text) {
    impl_->row.add_text(text);
    add(impl_->row.canonical());
    impl_->row.finish();
}

void StreamDigest::add_rows(store::sql::Connection& connection,
                            const std::string& select,
                            const std::vector<base::FieldType>& types) {
    connection.scan(select, types, [&](std::span<const store::sql::ScanCell> cells) {
        for (std::size_t i = 0; i < types.size(); ++i) {
            store::add_cell(impl_->row, types[i], cells[i]);
        }
        add(impl_->row.canonical());
        impl_->row.finish();
    });
}

ledger::Digest StreamDigest::finish() {
    ledger::Digest digest;
    check(EVP_DigestFinal_ex(impl_->context.get(), digest.bytes.data(), nullptr) == 1);
    return digest;
}

}  // namespace hrbridge::promotion
