#include <fmt/format.h>

#include "tests/e2e/support/two_stores.h"

namespace hrbridge::e2e {
namespace {

// A person and his employment as the ERP has them, modelled on another.
std::string new_person(const std::string& number) {
    return fmt::format(
        "INSERT INTO hr_hi_person SELECT '{}', {}, rSex, NULL, NULL, NULL, NULL, cEmpKind, "
        "dEnterDate, NULL, NULL, '5100.50', {{now}} FROM hr_hi_person WHERE cPsn_Num = "
        "'E000040';\n",
        number,
        ErpServer::gbk("新员工"));
}

void change_erp(ErpServer& erp) {
    erp.execute(fmt::format(
        "UPDATE hr_dept SET cDept_Name = {}, dModifyDate = {{now}} WHERE cDept_Num = 'P1W1T01';\n",
        ErpServer::gbk("一车间精益班")));
    // The department that three assignments wait for.
    erp.execute(fmt::format("INSERT INTO hr_dept VALUES ('P7W9T99', {}, {}, 'P1W1', {{now}});\n",
                            ErpServer::gbk("新设班"),
                            ErpServer::gbk("班组")));
    erp.execute(fmt::format(
        "UPDATE hr_hi_person SET cPsn_Name = {}, dModifyDate = {{now}} WHERE cPsn_Num = "
        "'E000030';\n"
        "UPDATE hr_hi_person SET mBaseSalary = '7777.70', dModifyDate = {{now}} WHERE cPsn_Num = "
        "'E000031';\n",
        ErpServer::gbk("赵改名")));
    // A refused person whose number is put right; his employment waits for him.
    erp.execute(
        "UPDATE hr_hi_person SET rSex = '1', dModifyDate = {now} WHERE cPsn_Num = 'E900004' AND "
        "rSex = '9'");
    // One whose work report waits in the MES's data, and one who is new everywhere.
    erp.execute(new_person("E800000") + new_person("E960001"));
    erp.execute(
        "INSERT INTO hr_hi_assignment SELECT 'E960001', dValidFrom, dValidTo, cDept_Num, cJobName, "
        "cJobKind, cManager_Num, cShiftGroup, {now} FROM hr_hi_assignment WHERE cPsn_Num = "
        "'E000040'");
}

void change_mes(MesServer& mes) {
    mes.execute(
        "UPDATE mes_work_order SET due_date = NULL, updated_at = {now} WHERE order_no = (SELECT "
        "min(order_no) FROM mes_work_order);\n"
        "INSERT INTO mes_work_order VALUES ('WO-LATE', '后补工单', 10, NULL, {now});\n"
        "UPDATE mes_production SET qty_good = qty_good + 1, updated_at = {now} WHERE report_no = "
        "'R000000007';\n"
        "INSERT INTO mes_production SELECT 'R-LATE', 'E960001', op_code, 'WO-LATE', work_date, "
        "started_at, ended_at, machine, material_lot, shift, 30, 1, 0, 32, {now} FROM "
        "mes_production WHERE report_no = 'R000000008';\n"
        "UPDATE mes_defect SET qty = qty + 1, updated_at = {now} WHERE defect_no = 'D000000009'");
}

}  // namespace

void change_sources(Outside& outside) {
    change_erp(outside.erp());
    change_mes(outside.mes());
    outside.export_punches("second.csv", outside.company().people[1].number);
}

}  // namespace hrbridge::e2e
