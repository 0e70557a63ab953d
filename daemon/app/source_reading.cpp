#include "daemon/app/source_reading.h"

#include <utility>

#include <fmt/format.h>

#include "daemon/app/cleared_source.h"
#include "daemon/app/obstacles.h"
#include "daemon/base/error.h"
#include "daemon/jobs/block_reader.h"
#include "daemon/jobs/pipeline.h"
#include "daemon/jobs/retry.h"
#include "daemon/jobs/spared_connector.h"
#include "monitoring/metrics.h"

namespace hrbridge::app {
namespace {

using reconcile::SourceReading;

jobs::SparedConnector spared(const CommandContext& context, const engine::Mapping& mapping) {
    const auto found = context.services.connectors.find(mapping.connection);
    if (found == context.services.connectors.end()) {
        throw base::ConnectorError(mapping.connection,
                                   "none",
                                   base::Remedy::Stop,
                                   "the configuration has no source " + mapping.connection);
    }
    return {*found->second, [&context, &mapping] {
                return obstacle_to(mapping,
                                   context.services.config,
                                   context.services.clock.now(),
                                   context.line.has("force"));
            }};
}

connectors::ReadRequest request_of(const CommandContext& context,
                                   const engine::Mapping& mapping,
                                   const SourceReading& reading) {
    connectors::ReadRequest request;
    request.dataset = &mapping.dataset;
    request.key = mapping.key;
    request.zone = mapping.read_as.zone;
    request.text_as_bytes = mapping.read_as.charset != "utf-8";
    request.after = reading.after;
    request.only = reading.only;
    request.keys = context.services.keys ? &*context.services.keys : nullptr;
    request.block_bytes = jobs::PipelineLimits().block_bytes();
    request.rows_per_second = mapping.sync.rows_per_second;
    request.stop = context.stop;
    return request;
}

void attempt(const CommandContext& context,
             const engine::Mapping& mapping,
             const SourceReading& reading,
             connectors::ReadRequest& request,
             jobs::Retry& retry) {
    jobs::SparedConnector connector = spared(context, mapping);
    const auto cleared = cleared_source(context.services, mapping, connector);
    const auto source = cleared->open(request);
    reading.begin(source->columns());
    jobs::BlockReader blocks(*source, context.services.clock, mapping.sync.rows_per_second);
    while (auto block = blocks.next(context.stop)) {
        if (!reading.take(*block)) {
            return;
        }
        if (reading.again == SourceReading::Again::BehindTheLast) {
            request.after = block->position;
            retry.reset();
        }
        blocks.give(std::move(block));
    }
}

}  // namespace

void ConfiguredSources::read(const engine::Mapping& mapping, const SourceReading& reading) {
    connectors::ReadRequest request = request_of(context_, mapping, reading);
    // Its metrics are its own: looking at a source is no sync.
    monitoring::Metrics metrics;
    jobs::Retry retry({}, context_.services.clock, metrics, mapping.connection);
    try {
        retry.run(context_.stop, [&] { attempt(context_, mapping, reading, request, retry); });
    } catch (const base::ConnectorError& error) {
        throw reconcile::CannotRead(error.what());
    } catch (const connectors::PutOff& why) {
        throw reconcile::CannotRead(why.what());
    }
}

}  // namespace hrbridge::app
