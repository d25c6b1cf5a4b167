/** What a claim needs of a row of `responses r`: its id, its status, its size, and the most that its size and its history's are ($8: one context). */
export const dueColumns = `r.id, r.status, coalesce(r.body_bytes, octet_length(r.body::text)) as bytes,
         coalesce(r.body_bytes, octet_length(r.body::text))
           + case when r.previous_response_id is null and r.conversation_id is null then 0 else $8::bigint end as bytes_max`;

/**
 * The background responses to claim next, as the CTE `due` of a recursive `with`: $1 is how many, $2 the attempts that a run may have, $6 how
 * many of them may be further runs of users who have a run in progress or in the same claim.
 *
 * Users take turns. A run's turn is its place among its user's waiting runs, counted on from the user's runs in progress. So the first run of
 * a user comes before the second of any other. The statement finds the users by stepping through an index of queued rows from one to the
 * next, and reads only the first $1 rows of each: the cost grows with the number of users that wait, not with the length of the queue. Rows
 * that another worker is claiming are skipped.
 */
export const dueInTurns = `waiting as (
         (select user_id from responses.responses where status = 'queued' order by user_id limit 1)
         union all
         select (select r.user_id from responses.responses r
                  where r.status = 'queued' and r.user_id > waiting.user_id order by r.user_id limit 1)
           from waiting where waiting.user_id is not null),
       busy as (
         select user_id, count(*) as running from responses.responses
          where status = 'in_progress' and lease_until >= clock_timestamp() and background
          group by user_id),
       candidates as (
         select queued.id, waiting.user_id, queued.created_at
           from waiting cross join lateral (
             select id, created_at from responses.responses r
              where r.status = 'queued' and r.user_id = waiting.user_id and background and attempt < $2
                and (lease_until is null or lease_until < clock_timestamp())
              order by created_at, id limit $1) queued
         union all
         select id, user_id, created_at from responses.responses
          where status = 'in_progress' and lease_until < clock_timestamp() and background and attempt < $2),
       turns as (
         select candidates.id, candidates.created_at,
                coalesce(busy.running, 0)
                  + row_number() over (partition by candidates.user_id order by candidates.created_at, candidates.id) as turn
           from candidates left join busy on busy.user_id = candidates.user_id),
       placed as (
         select id, turn, created_at, row_number() over (order by turn, created_at, id) as place from turns),
       due as (
         select ${dueColumns}, placed.place from placed join responses.responses r on r.id = placed.id
          where (placed.turn = 1 or placed.place <= $6::int)
            and r.attempt < $2 and r.background
            and ((r.status = 'queued' and (r.lease_until is null or r.lease_until < clock_timestamp()))
                 or (r.status = 'in_progress' and r.lease_until < clock_timestamp()))
          order by placed.turn, placed.created_at, placed.id limit $1
            for update of r skip locked)`;
