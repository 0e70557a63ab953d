#include "migration/spot_check/draw.h"

#include <algorithm>
#include <map>

#include "daemon/base/error.h"
#include "daemon/base/row_hash.h"
#include "daemon/store/repositories.h"
#include "migration/check/entity.h"
#include "migration/freeze/freeze.h"
#include "migration/ledger/ledger.h"
#include "migration/spot_check/lot.h"
#include "migration/spot_check/nonce.h"
#include "migration/spot_check/redraw.h"
#include "migration/spot_check/sheet.h"
#include "migration/spot_check/sheet_maker.h"

namespace hrbridge::spot_check {
namespace {

using ledger::Note;

Note about(const std::string& code, const Subject& subject) {
    return {code, {{"module", subject.module.name}, {"number", std::to_string(subject.rehearsal)}}};
}

// The frozen store and what is in it.
struct Side {
    std::unique_ptr<store::Store> store;
    std::unique_ptr<store::sql::Connection> connection;
    std::optional<check::Scope> scope;
    std::optional<Lot> lot;
    Lot::Keys must_check;
};

void open_side(const Parts& parts, const Subject& subject, Side& side) {
    side.store = store::open_store(
        store::side_options(parts.live, {subject.module.name, subject.rehearsal}));
    side.connection = side.store->connect();
    side.scope.emplace(check::Scope{*side.connection});
    side.scope->keys = parts.keys;
    side.scope->module = subject.module.name;
    side.scope->mappings = project::mappings_of(subject.module, subject.mappings);
    side.lot.emplace(*side.scope, project::entities_of(subject.module, subject.mappings));
    side.must_check = side.lot->must_check(subject.module.must_check);
}

sampling::DrawRequest request_of(const Plan& plan, const Side& side) {
    return {plan.to_draw(), plan.decoys_drawn, side.must_check};
}

base::Result<sampling::Draw> draw_rows(const DrawRecord& draw, const Side& side) {
    sampling::Drawer drawer(draw.seed(), draw.sheet_seed(), request_of(draw.plan, side));
    side.lot->scan([&](const LotRow& row) { drawer.offer(row.stratum, row.key); });
    return drawer.finish();
}

// Gives the drawn rows their ids, and their order on the sheet.
class Wanted {
  public:
    explicit Wanted(const sampling::Digest& seed) : seed_(seed) {}

    void add(RowKind kind, const sampling::DrawnRow& row) {
        base::RowHasher cells;
        cells.add_text("hrbridge sheet order 1");
        cells.add_text(seed_.hex());
        cells.add_bytes(row.key);
        const auto order = ledger::Digest::sha256_of(cells.canonical());
        at_[{row.stratum, row.key}] = rows_.size();
        rows_.push_back({kind, row.stratum, 0, {order.bytes}});
    }
    std::vector<WantedRow> with_ids(const Lot& lot) && {
        lot.scan([&](const LotRow& row) {
            const auto found = at_.find({row.stratum, std::string(row.key)});
            if (found != at_.end()) {
                rows_[found->second].id = row.id;
            }
        });
        return std::move(rows_);
    }

  private:
    sampling::Digest seed_;
    std::vector<WantedRow> rows_;
    std::map<std::pair<std::size_t, std::string>, std::size_t> at_;
};

std::vector<Note> frozen_refuses(const Parts& parts, const Subject& subject) {
    if (parts.keys == nullptr) {
        return {{"no_keys", {}}};
    }
    const auto live = store::open_store(parts.live)->connect();
    const auto rehearsal = rehearsal::find(*live, subject.module.name, subject.rehearsal);
    const auto frozen = freeze::frozen(*live, subject.module.name, subject.rehearsal);
    if (!rehearsal || rehearsal->state != rehearsal::State::Frozen || !frozen) {
        return {about("not_frozen", subject)};
    }
    // Limit and confidence stand in it.
    if (ledger::Digest::from_hex(subject.project.hash) != frozen->plan) {
        return {about("project_changed", subject)};
    }
    const auto side =
        store::open_store(store::side_options(parts.live, rehearsal->side()))->connect();
    if (!freeze::matches_frozen(*side,
                                store::entity_tables(*side),
                                rehearsal::stored_part(subject.module, subject.mappings),
                                *frozen)
             .empty()) {
        return {about("not_as_frozen", subject)};
    }
    return {};
}

Note fault_note(const std::string& code, const base::Fault& fault) {
    return {code, {{"why", fault.what}}};
}

class Drawing {
  public:
    Drawing(const Parts& parts, const Subject& subject, const DrawAsked& asked)
        : parts_(parts), subject_(subject), asked_(asked) {}

    DrawOutcome run(const std::stop_token& stop) {
        DrawOutcome out;
        out.refused = frozen_refuses(parts_, subject_);
        if (!out.refused.empty()) {
            return out;
        }
        live_ = store::open_store(parts_.live)->connect();
        const auto root =
            freeze::frozen(*live_, subject_.module.name, subject_.rehearsal)->content_root;
        Permit permit = permit_draw(*live_, subject_, root, asked_);
        if (permit.given_up) {
            give_up(parts_, *permit.given_up);
            permit = permit_draw(*live_, subject_, root, asked_);
        }
        out.refused = permit.refused;
        if (!out.refused.empty()) {
            return out;
        }
        open_side(parts_, subject_, side_);
        std::optional<DrawRecord> draw = permit.resumed;
        out.kept_nonce = draw.has_value();
        if (!draw) {
            draw = record(root, out);
        }
        if (draw) {
            out.rows = make_sheet(*draw, stop, out.refused);
            out.draw = find_draw(*live_, draw->number);
        }
        return out;
    }

  private:
    std::optional<DrawRecord> record(const ledger::Digest& root, DrawOutcome& out) {
        const auto plan = make_plan(side_.lot->strata(),
                                    subject_.module.limit_ppm,
                                    subject_.module.confidence_ppm,
                                    static_cast<std::int64_t>(side_.must_check.size()));
        if (!plan) {
            out.refused.push_back(fault_note("no_plan", plan.fault()));
            return std::nullopt;
        }
        auto given = find_nonce(*live_, subject_.module.name, root);
        out.kept_nonce = given.has_value();
        if (!given && asked_.nonce.empty()) {
            out.refused.push_back({"needs_nonce", {}});
            return std::nullopt;
        }
        if (!given) {
            given = give_nonce(parts_, *live_, subject_, root, *plan, asked_.nonce);
        }
        const auto now = parts_.clock.now();
        store::sql::Transaction transaction(*live_);
        if (!store::LeaseRepository(*live_).holds(parts_.lease.name, parts_.lease.fencing_token)) {
            throw base::LeaseHeld("another process has taken over the rehearsals of this module");
        }
        DrawRecord draw;
        draw.number = next_draw_number(*live_);
        draw.rehearsal = subject_.rehearsal;
        draw.rehearsal_id = rehearsal::find(*live_, subject_.module.name, subject_.rehearsal)->id;
        draw.actor = parts_.actor;
        draw.head = given->hash;
        draw.terms = given->sequence;
        draw.seal = given->seal;
        draw.content_root = root;
        draw.nonce = std::get<ledger::NonceGiven>(given->body).nonce;
        draw.plan = *plan;
        draw.drawn_at = now;
        const auto drawn = draw_rows(draw, side_);
        if (!drawn) {
            out.refused.push_back(fault_note("no_plan", drawn.fault()));
            return std::nullopt;
        }
        draw.rows = drawn_rows_digest(*plan, *drawn);
        const auto before = list_draws(*live_, subject_.module.name);
        add_draw(*live_, draw);
        ledger::Draw body = body_of(draw);
        if (!before.empty() && !asked_.cause.empty()) {
            body.after = explain(before.back(), now);
        }
        ledger::Ledger(*live_, parts_.ledger_keys)
            .append({now, subject_.module.name, parts_.actor, body});
        transaction.commit();
        return draw;
    }

    static ledger::Draw body_of(const DrawRecord& draw) {
        ledger::Draw body;
        body.rehearsal = draw.rehearsal;
        body.draw = draw.number;
        body.head = draw.head;
        body.content_root = draw.content_root;
        body.nonce = draw.nonce;
        body.population = draw.plan.population();
        body.sample = draw.plan.rule.first.sample;
        body.accept = draw.plan.rule.first.allowed;
        body.decoys = draw.plan.decoys_drawn;
        body.limit_ppm = draw.plan.limit_ppm;
        body.confidence_ppm = draw.plan.confidence_ppm;
        body.rows = draw.rows;
        body.reserve = draw.plan.reserve_rows();
        body.growth = growth_digest(draw.plan);
        body.terms = draw.terms;
        return body;
    }

    // Keeps what was said of the draw before, and gives its digest.
    ledger::Digest explain(const DrawRecord& last, base::Timestamp now) {
        explain_draw(*live_, last.number, asked_.cause, asked_.remedy, parts_.actor, now);
        base::RowHasher cells;
        cells.add_text("hrbridge cause 1");
        cells.add_int(last.number);
        cells.add_text(asked_.cause);
        cells.add_text(asked_.remedy);
        return ledger::Digest::sha256_of(cells.canonical());
    }

    std::int64_t make_sheet(const DrawRecord& draw,
                            const std::stop_token& stop,
                            std::vector<Note>& refused) {
        const auto drawn = draw_rows(draw, side_);
        if (!drawn || drawn_rows_digest(draw.plan, *drawn) != draw.rows) {
            refused.push_back(about("not_as_drawn", subject_));
            return 0;
        }
        Wanted wanted(draw.sheet_seed());
        for (const auto& stratum : drawn->sample) {
            for (const sampling::DrawnRow& row : stratum) {
                wanted.add(RowKind::Sample, row);
            }
        }
        for (const sampling::DrawnRow& row : drawn->extras) {
            wanted.add(RowKind::Extra, row);
        }
        for (const sampling::DrawnRow& row : drawn->decoys) {
            wanted.add(RowKind::Decoy, row);
        }
        SheetMaker maker(*side_.scope, draw.plan, parts_.sources, parts_.zone);
        const auto rows = maker.make(std::move(wanted).with_ids(*side_.lot),
                                     draw.plan.rule.planted,
                                     draw.sheet_seed(),
                                     stop);
        if (!rows) {
            refused.push_back(fault_note("no_sheet", rows.fault()));
            return 0;
        }
        store::sql::Transaction transaction(*live_);
        Sheet(*live_, *parts_.keys, draw.number).add(*rows);
        open_draw(*live_, draw.number);
        transaction.commit();
        return std::ssize(*rows);
    }

    const Parts& parts_;
    const Subject& subject_;
    const DrawAsked& asked_;
    Side side_;
    std::unique_ptr<store::sql::Connection> live_;
};

}  // namespace

Preview preview_draw(const Parts& parts, const Subject& subject) {
    Preview out;
    out.notes = frozen_refuses(parts, subject);
    if (!out.notes.empty()) {
        return out;
    }
    Side side;
    try {
        open_side(parts, subject, side);
    } catch (const check::CannotCheck& why) {
        out.notes.push_back(why.why());
        return out;
    }
    out.must_check = static_cast<std::int64_t>(side.must_check.size());
    auto plan = make_plan(side.lot->strata(),
                          subject.module.limit_ppm,
                          subject.module.confidence_ppm,
                          out.must_check);
    if (plan) {
        out.plan = std::move(plan).value();
    } else {
        out.notes.push_back(fault_note("no_plan", plan.fault()));
    }
    return out;
}

DrawOutcome draw(const Parts& parts,
                 const Subject& subject,
                 const DrawAsked& asked,
                 const std::stop_token& stop) {
    try {
        return Drawing(parts, subject, asked).run(stop);
    } catch (const check::CannotCheck& why) {
        return {std::nullopt, 0, false, {why.why()}};
    }
}

std::vector<Note> grow(const Parts& parts,
                       const Subject& subject,
                       const DrawRecord& draw,
                       const std::vector<std::int64_t>& wanted_rows,
                       const std::stop_token& stop) {
    Side side;
    open_side(parts, subject, side);
    const auto drawn = draw_rows(draw, side);
    if (!drawn || drawn_rows_digest(draw.plan, *drawn) != draw.rows) {
        return {about("not_as_drawn", subject)};
    }
    const auto live = store::open_store(parts.live)->connect();
    Sheet sheet(*live, *parts.keys, draw.number);
    std::vector<std::int64_t> have(draw.plan.strata.size());
    for (const SheetRow& row : sheet.all()) {
        have[static_cast<std::size_t>(row.content.stratum)] +=
            row.content.kind == RowKind::Sample ? 1 : 0;
    }
    Wanted wanted(draw.sheet_seed());
    for (std::size_t h = 0; h < have.size(); ++h) {
        std::vector<sampling::DrawnRow> order = drawn->sample[h];
        order.insert(order.end(), drawn->reserve[h].begin(), drawn->reserve[h].end());
        for (std::int64_t i = have[h]; i < wanted_rows[h]; ++i) {
            wanted.add(RowKind::Sample, order.at(static_cast<std::size_t>(i)));
        }
    }
    SheetMaker maker(*side.scope, draw.plan, parts.sources, parts.zone);
    const auto rows = maker.make(std::move(wanted).with_ids(*side.lot), 0, draw.sheet_seed(), stop);
    if (!rows) {
        return {fault_note("no_sheet", rows.fault())};
    }
    store::sql::Transaction transaction(*live);
    sheet.add(*rows);
    transaction.commit();
    return {};
}

}  // namespace hrbridge::spot_check
