#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

// A report before it is HTML or PDF: blocks one below another, all texts in the reader's language.
namespace hrbridge::report {

// How a word is to be taken; shown by colour and by a sign, so that it can be read without colour.
enum class Tone { Plain, Good, Bad, Open };

struct Cell {
    std::string text;
    Tone tone = Tone::Plain;
    bool code = false;  // a digest, an id: one width, broken anywhere
};

struct Heading {
    int level = 1;  // 1: a section, 2: a part of it
    std::string text;
};

struct Paragraph {
    Cell cell;
};

// What something is, line by line.
struct Facts {
    std::vector<std::pair<std::string, Cell>> lines;
};

struct Items {
    std::vector<Cell> lines;
};

struct Column {
    std::string title;
    bool number = false;  // to the right
};

// Every row has one cell a column.
struct Table {
    std::vector<Column> columns;
    std::vector<std::vector<Cell>> rows;
    // On a phone a row is a line or two and not a card: for what is only to be complete.
    bool compact = false;
};

enum class Anchor { Start, Middle, End };

// A chart as shapes in a space of `width` by `height`; y grows downwards.
struct Rectangle {
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;
    std::string fill;  // "#rrggbb"
};
struct Line {
    double x1 = 0;
    double y1 = 0;
    double x2 = 0;
    double y2 = 0;
    std::string stroke;
    double width = 1;
    bool dashed = false;
};
struct Label {
    double x = 0;
    double y = 0;  // of the baseline
    std::string text;
    double size = 12;
    Anchor anchor = Anchor::Start;
    std::string fill = "#1f2933";
};
using Shape = std::variant<Rectangle, Line, Label>;

struct Drawing {
    double width = 520;
    double height = 240;
    std::string title;  // what it shows, for who cannot see it
    std::vector<Shape> shapes;
};

using Block = std::variant<Heading, Paragraph, Facts, Items, Table, Drawing>;

struct Document {
    std::string language;  // "zh" or "en"
    std::string id;        // of the report
    std::string title;
    std::string subtitle;
    std::string foot;  // on every page
    std::vector<Block> blocks;
};

// Escapes in every text what a page cannot show (base::printable): sources hold such characters.
void make_printable(Document& document);

}  // namespace hrbridge::report
