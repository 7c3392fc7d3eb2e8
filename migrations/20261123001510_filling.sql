-- How a draft will arrive and in which language it is filled in.
alter table form_drafts add column channel text;
alter table form_drafts add column language text;
-- Where a record is edited: its answers as they were read, to tell what was changed.
alter table form_drafts add column base jsonb;

-- Whom an invitation went to: e-mail, or the name and address of a letter. Erased once it is
-- answered or over. reminder: the hash of the secret in the second mail.
alter table form_invitations add column email text;
alter table form_invitations add column letter text;
alter table form_invitations add column reminder text;
alter table form_invitations add column reminded_at timestamptz;
create unique index form_invitations_of_reminder on form_invitations (reminder);

-- What came from one network address (its hash) in an hour, so that nobody floods a public form.
create table form_floods (
  key text primary key not null,
  since timestamptz not null,
  count bigint not null
);
