"""The company whose data is migrated: made of a seed and a number of people. Names collide, some are rare letters outside
GBK's two bytes, identity numbers have a right check digit, pays have cents, and NULL and '' are both there."""
import datetime
import random
from decimal import Decimal

from verify.model import ZONE_HOURS, EPOCH, Instant

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国志梅鑫宇浩然子轩欣怡雨泽佳琪俊峰晨曦思远一诺文博海燕"
RARE = ["䶮", "㛃", "𠮷", "𬱖", "喆", "堃"]  # of GB18030's four bytes but for the last two
REGIONS = ["110101", "310115", "320583", "440306", "330106", "510107"]
JOBS = {"production": ["装配工", "焊工", "冲压工", "数控操作工", "喷涂工"], "inspection": ["检验员", "终检员", "计量员"],
        "maintenance": ["机修工", "电工"], "office": ["文员", "工艺工程师", "车间主任", "人事专员", "会计"]}
DEVICES = ["一号门-01", "一号门-02", "二号门-01", "食堂", "GATE-3"]
KINDS = ["company", "plant", "workshop", "line", "team"]
NAMES = {"company": "总公司", "plant": "厂", "workshop": "车间", "line": "线", "team": "班"}
WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
CHECK_DIGITS = "10X98765432"


def check_digit(body):
    """ISO 7064 MOD 11-2 of 17 digits (GB 11643)."""
    return CHECK_DIGITS[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS)) % 11]


def identity_number(region, birth, sequence):
    body = f"{region}{birth:%Y%m%d}{sequence:03}"
    return body + check_digit(body)


def _days(count):
    return datetime.timedelta(days=count)


class Maker:
    def __init__(self, people, seed):
        self.people, self.dice = people, random.Random(f"company {seed}")
        self.rows = {}

    def make(self):
        self._units()
        self._persons()
        self._spells()
        self._assignments()
        self._days()
        self._punches()
        return self.rows

    def _units(self):
        """A tree of five levels, a unit for about 25 people."""
        dice, count = self.dice, max(12, self.people // 25)
        units, levels = [], []
        for number in range(count):
            level = 0 if number == 0 else min(4, 1 + number * 4 // count) if number > 4 else number
            parents = [unit for unit, at in zip(units, levels) if at == level - 1]
            parent = dice.choice(parents)["code"] if parents else None
            kind = KINDS[level]
            units.append({"code": f"D{number:05}", "name": f"{number}{NAMES[kind]}", "kind": kind, "parent_id": parent,
                          "valid_from": datetime.date(2001, 1, 1) + _days(dice.randrange(3000)), "valid_to": None})
            levels.append(level)
        self.rows["org_unit"] = units

    def _name(self):
        dice = self.dice
        if dice.random() < 0.02:
            return dice.choice(SURNAMES) + dice.choice(RARE)
        return dice.choice(SURNAMES) + "".join(dice.choice(GIVEN) for _ in range(dice.choice([1, 2])))

    def _persons(self):
        dice, persons = self.dice, []
        for number in range(1, self.people + 1):
            birth = datetime.date(1964, 1, 1) + _days(dice.randrange(365 * 40))
            male = dice.random() < 0.6
            # The number of the person makes the identity number one of a kind; odd is male.
            sequence = (number * 2 + male) % 1000
            persons.append({
                "person_no": f"P{number:06}", "name": self._name(), "gender": "male" if male else "female", "birth_date": birth,
                "id_number": identity_number(REGIONS[number * 2 // 1000 % len(REGIONS)], birth, sequence),
                "mobile": f"13{dice.randrange(10**9):09}" if dice.random() < 0.95 else None,
                "language": dice.choice(["zh", "zh", "en", "", None]),
                "wecom_userid": f"u{number:06}" if dice.random() < 0.9 else None})
        self.rows["person"] = persons

    def _pay(self):
        return Decimal(self.dice.randrange(350_000, 2_500_000)) / 100

    def _spell(self, number, person, hire, end):
        dice = self.dice
        return {"employee_no": f"E{number:06}", "person_id": person["person_no"],
                "kind": dice.choices(["permanent", "fixed_term", "agency", "intern"], [6, 5, 2, 1])[0], "hire_date": hire,
                "end_date": end, "probation_end": hire + _days(dice.choice([30, 60, 90, 180])) if dice.random() < 0.8 else None,
                "base_salary": self._pay() if dice.random() < 0.97 else None}

    def _spells(self):
        """One in ten came back, with another spell behind the first."""
        dice, spells = self.dice, []
        for person in self.rows["person"]:
            hire = max(datetime.date(2006, 1, 1), person["birth_date"] + _days(365 * 18)) + _days(dice.randrange(900))
            if dice.random() < 0.1:
                end = hire + _days(dice.randrange(200, 700))
                spells.append(self._spell(len(spells) + 1, person, hire, end))
                hire = end + _days(dice.randrange(30, 400))
            end = hire + _days(dice.randrange(300, 900)) if dice.random() < 0.25 else None
            spells.append(self._spell(len(spells) + 1, person, hire, end))
        self.rows["employment_spell"] = spells

    def _assignments(self):
        dice, rows = self.dice, []
        teams = [unit["code"] for unit in self.rows["org_unit"] if unit["kind"] in ("line", "team")]
        spells = self.rows["employment_spell"]
        for number, spell in enumerate(spells):
            begin = spell["hire_date"]
            last = None if spell["end_date"] is None else spell["end_date"] + _days(1)
            for part in range(dice.choice([1, 2, 2, 3])):
                until = begin + _days(dice.randrange(40, 90))
                kind = dice.choices(list(JOBS), [6, 2, 1, 2])[0]
                rows.append({"spell_id": spell["employee_no"], "valid_from": begin, "valid_to": until,
                             "org_unit_id": dice.choice(teams), "job": dice.choice(JOBS[kind]), "job_kind": kind,
                             # Above oneself is who came first, so that nobody is above himself.
                             "manager_id": spells[dice.randrange(number)]["employee_no"] if number > 5 else None,
                             "shift_group": dice.choice(["A", "B", "C", "", None])})
                begin = until
            rows[-1]["valid_to"] = last
        self.rows["assignment"] = rows

    def _days(self):
        dice, rows = self.dice, []
        for spell in self.rows["employment_spell"]:
            first = spell["hire_date"] + _days(dice.randrange(100))
            for offset in range(4):
                day_class = dice.choices(["work", "rest", "holiday"], [8, 2, 1])[0]
                scheduled = 480 if day_class == "work" else None
                lost = [dice.choice([0, 0, 0, dice.randrange(1, 60)]) for _ in range(3)] if scheduled else [0, 0, 0]
                worked = scheduled - sum(lost) if scheduled else dice.choice([0, 0, 240, 300])
                rows.append({"spell_id": spell["employee_no"], "work_date": first + _days(offset), "day_class": day_class,
                             "scheduled_minutes": scheduled, "worked_minutes": worked, "late_minutes": lost[0],
                             "early_minutes": lost[1], "absent_minutes": lost[2]})
        self.rows["attendance_day"] = rows

    def _punches(self):
        dice, rows = self.dice, []
        for spell in self.rows["employment_spell"]:
            first = spell["hire_date"] + _days(dice.randrange(100))
            for offset in range(2):
                day = (first + _days(offset) - EPOCH).days
                for direction, hour in (("in", 8), ("out", 17)):
                    seconds = day * 86_400 + (hour - ZONE_HOURS) * 3_600 + dice.randrange(-900, 900)
                    rows.append({"punch_no": f"R{len(rows) + 1:07}", "spell_id": spell["employee_no"],
                                 "punched_at": Instant(seconds * 1_000_000 + dice.randrange(1_000) * 1_000), "direction": direction,
                                 "device": dice.choice(DEVICES), "exception": dice.choice([None, None, "", "补卡"])})
        self.rows["punch"] = rows
