#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hrbridge::file {

// An element's attributes; names without their namespace prefix.
class XmlAttributes {
  public:
    explicit XmlAttributes(const char** pairs) : pairs_(pairs) {}
    // Empty when there is none of this name.
    std::string_view value(std::string_view name) const;

  private:
    const char** pairs_;
};

// Takes an XML document in pieces of any size, and calls back with names that have lost their
// namespace. No document type, so no entities but the five; no token above a megabyte, so that
// memory stays bounded. Exceptions of the callbacks come out of feed().
class XmlParser {
  public:
    struct Callbacks {
        std::function<void(std::string_view name, const XmlAttributes&)> start;
        std::function<void(std::string_view name)> end;
        std::function<void(std::string_view text)> text;  // in pieces
    };
    explicit XmlParser(Callbacks callbacks);
    XmlParser(const XmlParser&) = delete;
    XmlParser& operator=(const XmlParser&) = delete;
    ~XmlParser();

    // What is wrong with the document; empty: nothing. `last`: nothing comes behind.
    std::string feed(std::string_view piece, bool last);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace hrbridge::file
