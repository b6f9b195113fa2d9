/*
 * The functions of the commands; each is in a row of the table in commands.c.
 */
#ifndef TENANTRY_CTL_COMMANDS_H
#define TENANTRY_CTL_COMMANDS_H

#include "ctl/ctl.h"

int run_init(struct ctl *ctl);
int run_migrate(struct ctl *ctl);
int run_check(struct ctl *ctl);
int run_doctor(struct ctl *ctl);
int run_metrics(struct ctl *ctl);
int run_user_add(struct ctl *ctl);
int run_user_list(struct ctl *ctl);
int run_user_password(struct ctl *ctl);
int run_user_email(struct ctl *ctl);
int run_user_disable(struct ctl *ctl);
int run_user_enable(struct ctl *ctl);
int run_user_erase(struct ctl *ctl);
int run_org_list(struct ctl *ctl);
int run_org_show(struct ctl *ctl);
int run_org_create(struct ctl *ctl);
int run_org_rename(struct ctl *ctl);
int run_org_label(struct ctl *ctl);
int run_org_delete(struct ctl *ctl);
int run_org_restore(struct ctl *ctl);
int run_purge(struct ctl *ctl);

/* Cuts the audit trail at audit_days; `*cut`: so many rows. */
int ctl_cut_trails(struct ctl *ctl, int64_t *cut);
int run_project_list(struct ctl *ctl);
int run_project_show(struct ctl *ctl);
int run_project_create(struct ctl *ctl);
int run_project_rename(struct ctl *ctl);
int run_project_label(struct ctl *ctl);
int run_project_delete(struct ctl *ctl);
int run_secret_key_list(struct ctl *ctl);
int run_secret_key_create(struct ctl *ctl);
int run_secret_key_default(struct ctl *ctl);
int run_secret_key_name(struct ctl *ctl);
int run_secret_key_delete(struct ctl *ctl);
int run_member_list(struct ctl *ctl);
int run_member_add(struct ctl *ctl);
int run_member_role(struct ctl *ctl);
int run_member_remove(struct ctl *ctl);
int run_invitation_create(struct ctl *ctl);
int run_invitation_list(struct ctl *ctl);
int run_invitation_resend(struct ctl *ctl);
int run_invitation_revoke(struct ctl *ctl);
int run_mail_send(struct ctl *ctl);
int run_mail_list(struct ctl *ctl);
int run_licence_issue(struct ctl *ctl);
int run_licence_show(struct ctl *ctl);
int run_licence_install(struct ctl *ctl);
int run_licence_history(struct ctl *ctl);
int run_licence_revoke(struct ctl *ctl);
int run_licence_release(struct ctl *ctl);
int run_key_check(struct ctl *ctl);
int run_import_members(struct ctl *ctl);
int run_import(struct ctl *ctl);
int run_export(struct ctl *ctl);
int run_audit_list(struct ctl *ctl);
int run_audit_verify(struct ctl *ctl);
int run_audit_export(struct ctl *ctl);
int run_audit_head(struct ctl *ctl);
int run_key_add(struct ctl *ctl);
int run_key_list(struct ctl *ctl);
int run_key_rotate(struct ctl *ctl);
int run_key_change(struct ctl *ctl);
int run_key_revoke(struct ctl *ctl);

/* The id of the key that the operand is, or names; `id`: char[ULID_SIZE]. */
int ctl_key_find(struct ctl *ctl, char *id);

#endif
