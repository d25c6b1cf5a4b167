import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Prompts keep the order of the fields that their schemas were written with: models write their answers in it, and jsonb has none. */
export class PromptOrder1764650000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table responses.prompt_versions alter column content type json');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('alter table responses.prompt_versions alter column content type jsonb');
  }
}
