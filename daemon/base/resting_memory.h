#pragma once

#include <cstddef>
#include <string>

namespace hrbridge::base {

// What a process at rest does not need, given back to the system. Any thread.

// From now on all threads share one heap. By default each of many threads has one of its own,
// which what lives long pins in pieces, and of which give_back_heap() does not reach the end, so
// that a daemon that always works grows for days without holding more. Once, before there are
// threads.
void share_heap();

// Freed heap.
void give_back_heap();

// The whole pages of a range of private memory, whose content is lost: what was copied out of a
// library's buffer, say, which it will write again before it reads it.
void give_back_pages(char* first, std::size_t size);

// Appends a range of private memory to `out` and gives its pages back on the way, so that long
// bytes are not held twice. Its content is lost. `out` has the room already.
void move_bytes(char* from, std::size_t size, std::string& out);

// The pages of code and constants that were touched since the last call, most of them by start-up
// and long jobs. They come back from their files' cache as they are used: that takes whoever goes
// on a few milliseconds in all.
void give_back_constants();

}  // namespace hrbridge::base
