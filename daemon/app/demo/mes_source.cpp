#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "daemon/app/demo/random.h"
#include "daemon/app/demo/sources.h"
#include "daemon/app/demo/table_writer.h"
#include "daemon/base/row_hash.h"

namespace hrbridge::app::demo {
namespace {

constexpr int kRowsOfAKind = 3;
constexpr int kOrdersAMonth = 40;
constexpr int kTarget = 32;  // pieces a workday
constexpr double kHeavyOutput = 1.05;
constexpr double kOrdinaryOutput = 1.0;
constexpr int kMonthsOfTrouble = 6;
constexpr int kWeakMonths = 3;
constexpr double kWeakRate = 0.037;  // above the team's 3 %, within what chance gives
constexpr double kTeamRate = 0.03;
constexpr std::size_t kRowsAWrite = 20'000;

constexpr const char* kTables = R"(
CREATE TABLE mes_operation (op_code varchar(16) NOT NULL PRIMARY KEY, op_name varchar(40) NOT NULL,
  op_kind varchar(8) NOT NULL);
CREATE TABLE mes_cause (cause_code varchar(16) NOT NULL PRIMARY KEY, cause_name varchar(40) NOT NULL,
  cause_class varchar(4) NOT NULL, controllable varchar(4) NOT NULL);
CREATE TABLE mes_work_order (order_no varchar(32) NOT NULL PRIMARY KEY, product varchar(80) NOT NULL,
  qty_ordered int NOT NULL, due_date date, updated_at datetime NOT NULL);
CREATE TABLE mes_production (report_no varchar(32) NOT NULL PRIMARY KEY, emp_no varchar(20) NOT NULL,
  op_code varchar(16) NOT NULL, order_no varchar(32), work_date date NOT NULL, started_at datetime,
  ended_at datetime, machine varchar(16), material_lot varchar(32), shift varchar(4),
  qty_good int NOT NULL, qty_scrap int NOT NULL, qty_rework int NOT NULL, qty_target int,
  updated_at datetime NOT NULL);
CREATE TABLE mes_defect (defect_no varchar(32) NOT NULL PRIMARY KEY, found_at datetime NOT NULL,
  report_no varchar(32), found_by varchar(20), found_op varchar(16), cause_code varchar(16),
  qty int NOT NULL, disposition varchar(8) NOT NULL, updated_at datetime NOT NULL);
)";

constexpr std::array<const char*, 6> kProducts{
    "齿轮箱", "传动轴", "液压阀体", "电机端盖", "轴承座", "联轴器"};

class MesWriter {
  public:
    MesWriter(const Company& company, const std::string& path, PlantedFaults& planted)
        : company_(company),
          planted_(planted),
          random_(company.seed * 7'919ULL + 3),
          writer_(path, kTables) {
        for (const Person& person : company.people) {
            if (person.job_kind == "检验") {
                inspectors_[person.department.substr(0, 4)].push_back(person.number);
            }
        }
    }

    void write() {
        write_catalogues();
        for (std::size_t month = 0; month < company_.months.size(); ++month) {
            write_orders(month);
            for (const Person& person : company_.people) {
                if (!person.operation.empty()) {
                    write_month(person, month);
                }
            }
        }
        add_faults();
        flush(0);
    }

  private:
    void write_catalogues() {
        TextTable operations("mes_operation", {"op_code", "op_name", "op_kind"});
        for (const Operation& operation : company_.operations) {
            operations.add(
                {operation.code, operation.name, operation.inspection ? "INSPECT" : "MAKE"});
        }
        writer_.write(operations);
        TextTable causes("mes_cause", {"cause_code", "cause_name", "cause_class", "controllable"});
        for (const Cause& cause : company_.causes) {
            causes.add({cause.code, cause.name, cause.kind, cause.controllable});
        }
        writer_.write(causes);
    }

    std::string order_of(std::size_t month, std::size_t index) const {
        const std::chrono::year_month_day day(company_.months[month]);
        return fmt::format("WO{}{:02}{:03}",
                           static_cast<int>(day.year()),
                           static_cast<unsigned>(day.month()),
                           index + 1);
    }

    void write_orders(std::size_t month) {
        TextTable orders("mes_work_order",
                         {"order_no", "product", "qty_ordered", "due_date", "updated_at"});
        for (std::size_t i = 0; i < kOrdersAMonth; ++i) {
            orders.add({order_of(month, i),
                        kProducts[random_.below(kProducts.size())],
                        std::to_string(random_.between(20, 90) * 10),
                        base::to_string(company_.months[month] +
                                        std::chrono::days(random_.between(20, 60))),
                        base::to_string(company_.months[month]) + " 07:00:00"});
        }
        writer_.write(orders);
    }

    bool is_late(std::size_t month, int newest) const {
        return month + static_cast<std::size_t>(newest) >= company_.months.size();
    }

    double rate_of(const Person& person, std::size_t month) const {
        if (person.number == company_.planted.heavy && !is_late(month, kMonthsOfTrouble)) {
            return kTeamRate;
        }
        return person.defect_rate;
    }

    void write_month(const Person& person, std::size_t month) {
        const base::Date end = month_start(company_.months[month], 1);
        const bool weak = person.number == company_.planted.weak && is_late(month, kWeakMonths);
        double owed = 0;  // the weak months are laid out evenly, not drawn
        for (base::Date day = company_.months[month]; day < end; day += std::chrono::days(1)) {
            if (!is_workday(day) || random_.chance(0.03)) {
                continue;
            }
            const bool heavy =
                person.number == company_.planted.heavy && is_late(month, kMonthsOfTrouble);
            const double level = kTarget * (heavy ? kHeavyOutput : kOrdinaryOutput);
            const int made = static_cast<int>(level + (random_.unit() - 0.5) * 6 + 0.5);
            int defects = 0;
            if (weak) {
                owed += made * kWeakRate;
                defects = static_cast<int>(owed);
                owed -= defects;
            } else {
                defects = random_.successes(made, rate_of(person, month));
            }
            report(person, day, made, defects, order_of(month, random_.below(kOrdersAMonth)));
        }
    }

    void report(
        const Person& person, base::Date day, int made, int defects, const std::string& order) {
        const bool inspects = person.operation.rfind("QC", 0) == 0;
        const std::string number = fmt::format("R{:09}", ++reports_made_);
        const std::string date = base::to_string(day);
        const bool night = person.shift_group == "B";
        const int scrap = defects - defects / 3;
        reports_.add({number,
                      person.number,
                      person.operation,
                      order,
                      date,
                      date + (night ? " 14:00:00" : " 06:00:00"),
                      date + (night ? " 22:00:00" : " 14:00:00"),
                      fmt::format("M{:02}", base::hash64(person.department) % 40),
                      fmt::format("L{:05}", random_.below(3000)),
                      night ? "N" : "D",
                      std::to_string(inspects ? made * 10 : made - defects),
                      std::to_string(inspects ? 0 : scrap),
                      std::to_string(inspects ? 0 : defects - scrap),
                      std::to_string(inspects ? kTarget * 10 : kTarget),
                      date + " 22:10:00"});
        if (!inspects) {
            report_defects(person, number, date, defects);
        }
        flush(kRowsAWrite);
    }

    void report_defects(const Person& person,
                        const std::string& report,
                        const std::string& date,
                        int defects) {
        std::vector<int> by_cause(company_.causes.size(), 0);
        for (int i = 0; i < defects; ++i) {
            by_cause[draw_cause(person)] += 1;
        }
        const auto& finders = inspectors_.at(person.department.substr(0, 4));
        for (std::size_t cause = 0; cause < by_cause.size(); ++cause) {
            if (by_cause[cause] == 0) {
                continue;
            }
            const std::size_t finder = random_.below(finders.size());
            defects_.add({fmt::format("D{:09}", ++defects_made_),
                          date + " 22:05:00",
                          report,
                          finders[finder],
                          finder % 2 == 0 ? "QC900" : "QC910",
                          company_.causes[cause].code,
                          std::to_string(by_cause[cause]),
                          random_.chance(0.66) ? "SCRAP" : "REWORK",
                          date + " 22:10:00"});
        }
    }

    // The planted worker's excess is one cause: a step of the operation that he leaves out.
    std::size_t draw_cause(const Person& person) {
        if (person.number == company_.planted.heavy && random_.chance(0.5)) {
            return 0;
        }
        double left = random_.unit();
        for (std::size_t i = 0; i + 1 < company_.causes.size(); ++i) {
            left -= company_.causes[i].share;
            if (left < 0) {
                return i;
            }
        }
        return company_.causes.size() - 1;
    }

    void faulty_report(const std::string& employee, const std::string& operation, int good) {
        const std::string date = base::to_string(month_start(company_.today, -1));
        reports_.add({fmt::format("R{:09}", ++reports_made_),
                      employee,
                      operation,
                      order_of(company_.months.size() - 1, 0),
                      date,
                      date + " 06:00:00",
                      date + " 14:00:00",
                      "M01",
                      "L00001",
                      "D",
                      std::to_string(good),
                      "0",
                      "0",
                      std::to_string(kTarget),
                      date + " 22:10:00"});
    }

    void add_faults() {
        const Person& worker = company_.person(company_.planted.weak);
        const std::string date = base::to_string(month_start(company_.today, -1));
        for (int i = 0; i < kRowsOfAKind; ++i) {
            faulty_report(worker.number, worker.operation, -5);
            planted_[{"mes/production_fact", "F11"}] += 1;
            faulty_report(fmt::format("E8{:05}", i), worker.operation, kTarget);
            planted_[{"mes/production_fact", "F02"}] += 1;
            faulty_report(worker.number, "OP777", kTarget);
            planted_[{"mes/production_fact", "F03"}] += 1;
            defects_.add({fmt::format("D{:09}", ++defects_made_),
                          date + " 22:05:00",
                          "",
                          "",
                          "QC900",
                          "C99",
                          "1",
                          "SCRAP",
                          date + " 22:10:00"});
            planted_[{"mes/defect", "F09"}] += 1;
        }
    }

    void flush(std::size_t above) {
        if (reports_.rows() > above) {
            writer_.write(reports_);
        }
        if (defects_.rows() > above) {
            writer_.write(defects_);
        }
    }

    const Company& company_;
    PlantedFaults& planted_;
    Random random_;
    TableWriter writer_;
    std::map<std::string, std::vector<std::string>> inspectors_;  // by workshop
    TextTable reports_{"mes_production",
                       {"report_no",
                        "emp_no",
                        "op_code",
                        "order_no",
                        "work_date",
                        "started_at",
                        "ended_at",
                        "machine",
                        "material_lot",
                        "shift",
                        "qty_good",
                        "qty_scrap",
                        "qty_rework",
                        "qty_target",
                        "updated_at"}};
    TextTable defects_{"mes_defect",
                       {"defect_no",
                        "found_at",
                        "report_no",
                        "found_by",
                        "found_op",
                        "cause_code",
                        "qty",
                        "disposition",
                        "updated_at"}};
    long reports_made_ = 0;
    long defects_made_ = 0;
};

}  // namespace

void write_mes(const Company& company, const std::string& path, PlantedFaults& planted) {
    MesWriter(company, path, planted).write();
}

}  // namespace hrbridge::app::demo
