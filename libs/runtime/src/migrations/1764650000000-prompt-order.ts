import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Prompts keep the order of the fields of their schemas, which jsonb does not: models write their answers in it. */
export class PromptOrder1764650000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table responses.prompt_versions alter column content type json');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table responses.prompt_versions alter column content type jsonb');
  }
}
