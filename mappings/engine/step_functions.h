#pragma once

#include <string_view>

#include "mappings/engine/steps.h"

// The steps themselves; steps.cpp has the table that names them.
namespace hrbridge::engine::step {

std::string_view trim(const CompiledStep& step, StepRun& run);
std::string_view trim_left(const CompiledStep& step, StepRun& run);
std::string_view trim_right(const CompiledStep& step, StepRun& run);
std::string_view collapse_blanks(const CompiledStep& step, StepRun& run);
std::string_view upper(const CompiledStep& step, StepRun& run);
std::string_view lower(const CompiledStep& step, StepRun& run);
std::string_view nfc(const CompiledStep& step, StepRun& run);
std::string_view half_width(const CompiledStep& step, StepRun& run);
std::string_view digits_only(const CompiledStep& step, StepRun& run);
std::string_view strip_prefix(const CompiledStep& step, StepRun& run);
std::string_view strip_suffix(const CompiledStep& step, StepRun& run);
std::string_view pad_left(const CompiledStep& step, StepRun& run);
std::string_view substring(const CompiledStep& step, StepRun& run);
std::string_view replace(const CompiledStep& step, StepRun& run);
std::string_view concat(const CompiledStep& step, StepRun& run);
std::string_view first_of(const CompiledStep& step, StepRun& run);

std::string_view empty_to_null(const CompiledStep& step, StepRun& run);
std::string_view null_if(const CompiledStep& step, StepRun& run);
std::string_view default_value(const CompiledStep& step, StepRun& run);
std::string_view date_only(const CompiledStep& step, StepRun& run);
std::string_view parse_date(const CompiledStep& step, StepRun& run);
std::string_view unix_seconds(const CompiledStep& step, StepRun& run);
std::string_view unix_milliseconds(const CompiledStep& step, StepRun& run);
std::string_view exact(const CompiledStep& step, StepRun& run);
std::string_view scale_by(const CompiledStep& step, StepRun& run);
std::string_view clock_to_minutes(const CompiledStep& step, StepRun& run);
std::string_view cn_id_birth(const CompiledStep& step, StepRun& run);
std::string_view cn_id_gender(const CompiledStep& step, StepRun& run);

}  // namespace hrbridge::engine::step
