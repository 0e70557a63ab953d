#include "connectors/wecom/xml.h"

#include <cstddef>
#include <vector>

#include <Poco/Exception.h>
#include <Poco/SAX/Attributes.h>
#include <Poco/SAX/DefaultHandler.h>
#include <Poco/SAX/InputSource.h>
#include <Poco/SAX/LexicalHandler.h>
#include <Poco/SAX/SAXParser.h>
#include <Poco/XML/XMLException.h>

#include "daemon/base/text.h"

namespace hrbridge::wecom {
namespace {

constexpr std::size_t kMostDepth = 64;
constexpr std::size_t kMostElements = 10'000;

struct Open {
    std::string name;
    std::string text;
    bool leaf = true;
};

// Handlers are called by expat. What they threw would pass its C code, which then takes the parser
// for one at work and never frees it: they note what is refused and look at nothing more.
class Leaves final : public Poco::XML::DefaultHandler, public Poco::XML::LexicalHandler {
  public:
    void startElement(const Poco::XML::XMLString& /*uri*/,
                      const Poco::XML::XMLString& local,
                      const Poco::XML::XMLString& qualified,
                      const Poco::XML::Attributes& /*attributes*/) override {
        if (!open_.empty()) {
            open_.back().leaf = false;
        }
        refused = refused || open_.size() == kMostDepth || ++elements_ > kMostElements;
        if (refused) {
            return;
        }
        open_.push_back({local.empty() ? qualified : local, "", true});
    }
    void endElement(const Poco::XML::XMLString& /*uri*/,
                    const Poco::XML::XMLString& /*local*/,
                    const Poco::XML::XMLString& /*qualified*/) override {
        if (refused) {
            return;
        }
        Open& element = open_.back();
        if (element.leaf && open_.size() > 1) {
            leaves.emplace(std::move(element.name), std::move(element.text));
        }
        open_.pop_back();
    }
    void characters(const Poco::XML::XMLChar text[], int start, int length) override {
        if (!refused && !open_.empty()) {
            open_.back().text.append(text + start, static_cast<std::size_t>(length));
        }
    }
    void processingInstruction(const Poco::XML::XMLString& /*target*/,
                               const Poco::XML::XMLString& /*data*/) override {
        refused = true;
    }
    void startDTD(const Poco::XML::XMLString& /*name*/,
                  const Poco::XML::XMLString& /*public_id*/,
                  const Poco::XML::XMLString& /*system_id*/) override {
        refused = true;
    }
    void endDTD() override {}
    void startEntity(const Poco::XML::XMLString& /*name*/) override { refused = true; }
    void endEntity(const Poco::XML::XMLString& /*name*/) override {}
    void startCDATA() override {}
    void endCDATA() override {}
    void comment(const Poco::XML::XMLChar /*text*/[], int /*start*/, int /*length*/) override {}

    std::map<std::string, std::string> leaves;
    bool refused = false;  // too deep, too many elements, or a part that no message has

  private:
    std::vector<Open> open_;
    std::size_t elements_ = 0;
};

}  // namespace

std::optional<std::map<std::string, std::string>> xml_leaves(std::string_view xml) {
    // The parser reads a DTD's entity declarations before any handler can refuse it.
    if (xml.empty() || xml.find("<!DOCTYPE") != std::string_view::npos ||
        xml.find("<!ENTITY") != std::string_view::npos || !base::is_valid_utf8(xml)) {
        return std::nullopt;
    }
    try {
        Leaves handler;
        Poco::XML::SAXParser parser;
        parser.setFeature(Poco::XML::XMLReader::FEATURE_EXTERNAL_GENERAL_ENTITIES, false);
        parser.setFeature(Poco::XML::XMLReader::FEATURE_EXTERNAL_PARAMETER_ENTITIES, false);
        parser.setContentHandler(&handler);
        parser.setProperty(Poco::XML::XMLReader::PROPERTY_LEXICAL_HANDLER,
                           static_cast<Poco::XML::LexicalHandler*>(&handler));
        parser.parseMemoryNP(xml.data(), xml.size());
        return handler.refused ? std::nullopt : std::optional(std::move(handler.leaves));
    } catch (const Poco::Exception&) {
        return std::nullopt;
    }
}

std::string xml_element(std::string_view name, std::string_view text) {
    std::string out = "<" + std::string(name) + "><![CDATA[";
    std::size_t from = 0;
    // "]]>" would end the section, so it is split over two.
    for (std::size_t at = text.find("]]>"); at != std::string_view::npos;
         at = text.find("]]>", from)) {
        out += std::string(text.substr(from, at + 2 - from)) + "]]><![CDATA[";
        from = at + 2;
    }
    return out + std::string(text.substr(from)) + "]]></" + std::string(name) + ">";
}

}  // namespace hrbridge::wecom
