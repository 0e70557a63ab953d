#include "connectors/file/xml_parser.h"

#include <cstdint>
#include <exception>
#include <new>
#include <utility>

#include <expat.h>
#include <fmt/format.h>

namespace hrbridge::file {
namespace {

constexpr std::int64_t kLongestToken = 1 << 20;
constexpr int kDeepest = 256;

std::string_view local(std::string_view name) {
    return name.substr(name.rfind(':') + 1);
}

}  // namespace

std::string_view XmlAttributes::value(std::string_view name) const {
    for (const char** pair = pairs_; *pair != nullptr; pair += 2) {
        if (local(pair[0]) == name) {
            return pair[1];
        }
    }
    return {};
}

struct XmlParser::Impl {
    explicit Impl(Callbacks given) : callbacks(std::move(given)) {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() { XML_ParserFree(parser); }

    // An exception must not pass through the library's C.
    template <typename Work>
    static void guarded(void* self, Work work) {
        auto& impl = *static_cast<Impl*>(self);
        if (impl.failure) {
            return;
        }
        try {
            work(impl);
        } catch (...) {
            impl.failure = std::current_exception();
            XML_StopParser(impl.parser, XML_FALSE);
        }
    }
    static void on_start(void* self, const char* name, const char** attributes) {
        guarded(self, [&](Impl& impl) {
            if (++impl.depth > kDeepest) {
                XML_StopParser(impl.parser, XML_FALSE);
                return;
            }
            impl.callbacks.start(local(name), XmlAttributes(attributes));
        });
    }
    static void on_end(void* self, const char* name) {
        guarded(self, [&](Impl& impl) {
            --impl.depth;
            impl.callbacks.end(local(name));
        });
    }
    static void on_text(void* self, const char* text, int size) {
        guarded(self, [&](Impl& impl) {
            impl.callbacks.text(std::string_view(text, static_cast<std::size_t>(size)));
        });
    }
    static void on_doctype(void* self, const char*, const char*, const char*, int) {
        auto& impl = *static_cast<Impl*>(self);
        impl.has_doctype = true;
        XML_StopParser(impl.parser, XML_FALSE);
    }

    Callbacks callbacks;
    XML_Parser parser = nullptr;
    std::exception_ptr failure;
    bool has_doctype = false;
    int depth = 0;  // of open elements, each of which the library keeps
    std::int64_t fed = 0;
};

XmlParser::XmlParser(Callbacks callbacks) : impl_(std::make_unique<Impl>(std::move(callbacks))) {
    impl_->parser = XML_ParserCreate(nullptr);
    if (impl_->parser == nullptr) {
        throw std::bad_alloc();
    }
    XML_SetUserData(impl_->parser, impl_.get());
    XML_SetElementHandler(impl_->parser, Impl::on_start, Impl::on_end);
    XML_SetCharacterDataHandler(impl_->parser, Impl::on_text);
    XML_SetStartDoctypeDeclHandler(impl_->parser, Impl::on_doctype);
}

XmlParser::~XmlParser() = default;

std::string XmlParser::feed(std::string_view piece, bool last) {
    Impl& impl = *impl_;
    const XML_Status status = XML_Parse(
        impl.parser, piece.data(), static_cast<int>(piece.size()), last ? XML_TRUE : XML_FALSE);
    if (impl.failure) {
        std::rethrow_exception(impl.failure);
    }
    if (impl.has_doctype) {
        return "it has a document type, which no workbook needs";
    }
    if (impl.depth > kDeepest) {
        return fmt::format("its elements lie deeper than {}", kDeepest);
    }
    if (status != XML_STATUS_OK) {
        return fmt::format("line {}: {}",
                           XML_GetCurrentLineNumber(impl.parser),
                           XML_ErrorString(XML_GetErrorCode(impl.parser)));
    }
    impl.fed += static_cast<std::int64_t>(piece.size());
    // What is kept for later is a token whose end has not come.
    if (impl.fed - XML_GetCurrentByteIndex(impl.parser) > kLongestToken) {
        return "a token is longer than a megabyte";
    }
    return {};
}

}  // namespace hrbridge::file
