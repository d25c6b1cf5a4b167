-- The roles of Antiphon's database. A superuser runs this in the database, as often as wanted: it creates what is missing and grants the rest anew.
--
-- Each schema belongs to a role that only its migrations use. The services' own roles read and write rows in their schema: they can neither
-- change tables nor see another service's schema. responses and worker share a schema, since they run the same responses.
do $$
declare
  area record;
  relation record;
  owner text;
  service text;
begin
  execute format('revoke all on database %I from public', current_database());
  revoke all on schema public from public;
  for area in
    select * from (values ('auth', array['auth']), ('responses', array['responses', 'worker']), ('mcp', array['mcp'])) as areas (name, services)
  loop
    owner := format('antiphon_%s_migrations', area.name);
    if not exists (select from pg_roles where rolname = owner) then
      execute format('create role %I login', owner);
    end if;
    -- `create schema if not exists` and `create extension` of the migrations ask for this.
    execute format('grant connect, create on database %I to %I', current_database(), owner);
    execute format('create schema if not exists %I', area.name);
    execute format('alter schema %I owner to %I', area.name, owner);
    -- Tables of an installation that had one role for everything.
    for relation in select relname from pg_class where relnamespace = area.name::regnamespace and relkind in ('r', 'p', 'v') loop
      execute format('alter table %I.%I owner to %I', area.name, relation.relname, owner);
    end loop;

    foreach service in array area.services loop
      service := format('antiphon_%s', service);
      if not exists (select from pg_roles where rolname = service) then
        execute format('create role %I login', service);
      end if;
      execute format('grant connect on database %I to %I', current_database(), service);
      execute format('grant usage on schema %I to %I', area.name, service);
      execute format('grant select, insert, update, delete on all tables in schema %I to %I', area.name, service);
      execute format('grant usage, select on all sequences in schema %I to %I', area.name, service);
      execute format('alter default privileges for role %I in schema %I grant select, insert, update, delete on tables to %I', owner, area.name, service);
      execute format('alter default privileges for role %I in schema %I grant usage, select on sequences to %I', owner, area.name, service);
    end loop;
  end loop;
end
$$;
