#include "daemon/app/demo/company.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <fmt/format.h>

#include "daemon/app/demo/random.h"

namespace hrbridge::app::demo {
namespace {

constexpr int kMonths = 24;
constexpr int kPlants = 2;
constexpr int kWorkshops = 2;     // a plant
constexpr int kTeams = 10;        // a workshop
constexpr int kWorkers = 10;      // a team
constexpr int kInspectors = 6;    // a workshop
constexpr int kMaintenance = 15;  // a plant
constexpr double kTeamRate = 0.03;
constexpr double kHeavyRate = 0.08;

constexpr std::array<const char*, 24> kSurnames{"王", "李", "张", "刘", "陈", "杨", "赵", "黄",
                                                "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
                                                "何", "郭", "马", "罗", "梁", "宋", "郑", "谢"};
constexpr std::array<const char*, 32> kGiven{
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明",
    "超", "秀", "霞", "平", "刚", "桂", "英", "华", "建", "文", "辉", "玲", "波", "鑫", "宇", "婷"};
constexpr std::array<const char*, 12> kOperationNames{"下料",
                                                      "车削",
                                                      "铣削",
                                                      "钻孔",
                                                      "磨削",
                                                      "热处理",
                                                      "焊接",
                                                      "打磨",
                                                      "喷涂",
                                                      "装配",
                                                      "调试",
                                                      "包装"};
constexpr std::array<const char*, 10> kOffices{"人力资源部",
                                               "财务部",
                                               "信息部",
                                               "采购部",
                                               "销售部",
                                               "质量部",
                                               "设备部",
                                               "技术部",
                                               "仓储部",
                                               "行政部"};
constexpr std::array<const char*, 4> kNumerals{"一", "二", "三", "四"};
constexpr std::array<const char*, 10> kTeamNumerals{
    "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"};

class Builder {
  public:
    Builder(std::uint64_t seed, base::Date today) : random_(seed * 1'000'003ULL + 17) {
        company_.seed = seed;
        company_.today = today;
        for (int i = kMonths; i >= 1; --i) {
            company_.months.push_back(month_start(today, -i));
        }
    }

    Company build() {
        make_catalogues();
        company_.departments.push_back({"C", "华东精密制造有限公司", "公司", ""});
        manager_ = "";
        Person& head = hire("C", "总经理", "职能");
        head.shift_group = "";
        const std::string general_manager = head.number;
        for (int plant = 0; plant < kPlants; ++plant) {
            make_plant(plant, general_manager);
        }
        make_offices(general_manager);
        plant_truths();
        return std::move(company_);
    }

  private:
    void make_catalogues() {
        for (std::size_t i = 0; i < kOperationNames.size(); ++i) {
            company_.operations.push_back(
                {fmt::format("OP{:02}0", i + 1), kOperationNames[i], false});
        }
        company_.operations.push_back({"QC900", "终检", true});
        company_.operations.push_back({"QC910", "巡检", true});
        company_.causes = {{"C01", "设备操作步骤遗漏", "人", "是", 0.30},
                           {"C02", "参数设置错误", "法", "是", 0.20},
                           {"C03", "来料不良", "料", "否", 0.22},
                           {"C04", "搬运磕碰", "人", "部分", 0.16},
                           {"C05", "设备异常", "机", "否", 0.12}};
    }

    Person& hire(const std::string& department,
                 const std::string& job,
                 const std::string& job_kind) {
        Person person;
        const int serial = static_cast<int>(company_.people.size()) + 1;
        person.number = fmt::format("E{:06}", serial);
        person.male = random_.chance(0.6);
        person.name = std::string(kSurnames[random_.below(kSurnames.size())]) +
                      kGiven[random_.below(kGiven.size())] +
                      (random_.chance(0.6) ? kGiven[random_.below(kGiven.size())] : "");
        person.birth = company_.today - std::chrono::days(random_.between(22 * 365, 55 * 365));
        person.id_number = make_id_number(person.birth, serial, person.male);
        person.mobile =
            fmt::format("13{}{:08}", random_.between(0, 9), random_.between(0, 99'999'999));
        person.hired =
            std::max(person.birth + std::chrono::days(20 * 365),
                     company_.months.front() - std::chrono::days(random_.between(30, 3000)));
        person.salary_cents = random_.between(4'500, 9'800) * 100LL;
        person.employment = random_.chance(0.75)  ? "正式工"
                            : random_.chance(0.6) ? "合同工"
                                                  : "派遣工";
        person.department = department;
        person.job = job;
        person.job_kind = job_kind;
        person.manager = manager_;
        person.shift_group = random_.chance(0.7) ? "A" : "B";
        company_.people.push_back(std::move(person));
        return company_.people.back();
    }

    void make_plant(int plant, const std::string& general_manager) {
        const std::string code = fmt::format("P{}", plant + 1);
        company_.departments.push_back(
            {code, std::string(kNumerals[static_cast<std::size_t>(plant)]) + "厂", "工厂", "C"});
        for (int i = 0; i < kWorkshops; ++i) {
            manager_ = general_manager;
            make_workshop(code, plant * kWorkshops + i);
        }
        manager_ = general_manager;
        const std::string maintenance = code + "M";
        company_.departments.push_back({maintenance, "设备维修班", "班组", code});
        for (int i = 0; i < kMaintenance; ++i) {
            const Person& person = hire(maintenance, i == 0 ? "维修班长" : "维修工", "维修");
            manager_ = i == 0 ? person.number : manager_;
        }
    }

    void make_workshop(const std::string& plant, int index) {
        const std::string code = fmt::format("{}W{}", plant, index % kWorkshops + 1);
        const std::string name = std::string(kNumerals[static_cast<std::size_t>(index)]) + "车间";
        const std::string above = manager_;
        company_.departments.push_back({code, name, "车间", plant});
        for (int team = 0; team < kTeams; ++team) {
            manager_ = above;
            make_team(code, name, index * kTeams + team);
        }
        manager_ = above;
        const std::string inspection = code + "Q";
        company_.departments.push_back({inspection, name + "检验班", "班组", code});
        for (int i = 0; i < kInspectors; ++i) {
            Person& person = hire(inspection, i == 0 ? "检验班长" : "检验员", "检验");
            person.operation = i % 2 == 0 ? "QC900" : "QC910";
            manager_ = i == 0 ? person.number : manager_;
        }
    }

    void make_team(const std::string& workshop, const std::string& workshop_name, int index) {
        const auto number = static_cast<std::size_t>(index % kTeams);
        const std::string code = fmt::format("{}T{:02}", workshop, number + 1);
        company_.departments.push_back(
            {code, workshop_name + kTeamNumerals[number] + "班", "班组", workshop});
        const Operation& operation =
            company_.operations[static_cast<std::size_t>(index) % kOperationNames.size()];
        for (int i = 0; i < kWorkers; ++i) {
            Person& person = hire(code, i == 0 ? "班长" : operation.name + "工", "生产");
            person.operation = operation.code;
            person.defect_rate = kTeamRate;
            manager_ = i == 0 ? person.number : manager_;
        }
    }

    void make_offices(const std::string& general_manager) {
        const std::size_t wanted = 500 - company_.people.size();
        for (std::size_t i = 0; i < kOffices.size(); ++i) {
            company_.departments.push_back(
                {fmt::format("O{:02}", i + 1), kOffices[i], "科室", "C"});
        }
        std::vector<std::string> heads(kOffices.size());
        for (std::size_t i = 0; i < wanted; ++i) {
            const std::size_t office = i % kOffices.size();
            manager_ = heads[office].empty() ? general_manager : heads[office];
            const Person& person = hire(fmt::format("O{:02}", office + 1),
                                        heads[office].empty() ? "部门经理" : "专员",
                                        "职能");
            if (heads[office].empty()) {
                heads[office] = person.number;
            }
        }
    }

    // Two workers who are no team leaders, in two teams.
    void plant_truths() {
        std::vector<std::size_t> workers;
        for (std::size_t i = 0; i < company_.people.size(); ++i) {
            if (company_.people[i].job_kind == "生产" && company_.people[i].job != "班长") {
                workers.push_back(i);
            }
        }
        const std::size_t heavy = workers[random_.below(workers.size())];
        std::size_t weak = heavy;
        while (company_.people[weak].department == company_.people[heavy].department) {
            weak = workers[random_.below(workers.size())];
        }
        company_.planted.heavy = company_.people[heavy].number;
        company_.planted.weak = company_.people[weak].number;
        company_.people[heavy].defect_rate = kHeavyRate;
    }

    Random random_;
    Company company_;
    std::string manager_;
};

}  // namespace

const Person& Company::person(const std::string& number) const {
    for (const Person& each : people) {
        if (each.number == number) {
            return each;
        }
    }
    throw std::logic_error("no such person in the demo company: " + number);
}

Company make_company(std::uint64_t seed, base::Date today) {
    return Builder(seed, today).build();
}

base::Date month_start(base::Date date, int offset) {
    const std::chrono::year_month_day day(date);
    const std::chrono::year_month month = day.year() / day.month() + std::chrono::months(offset);
    return base::Date(month / std::chrono::day(1));
}

bool is_workday(base::Date date) {
    const unsigned weekday = std::chrono::weekday(date).iso_encoding();
    return weekday <= 5;
}

std::string make_id_number(base::Date birth, int serial, bool male) {
    constexpr std::array<int, 17> kWeights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    constexpr const char* kCheck = "10X98765432";
    const std::chrono::year_month_day day(birth);
    const int order = (serial % 499) * 2 + (male ? 1 : 2);
    std::string digits = fmt::format("3205{:02}{:04}{:02}{:02}{:03}",
                                     1 + serial / 499 % 9,
                                     static_cast<int>(day.year()),
                                     static_cast<unsigned>(day.month()),
                                     static_cast<unsigned>(day.day()),
                                     order);
    int sum = 0;
    for (std::size_t i = 0; i < kWeights.size(); ++i) {
        sum += (digits[i] - '0') * kWeights[i];
    }
    digits += kCheck[sum % 11];
    return digits;
}

}  // namespace hrbridge::app::demo
