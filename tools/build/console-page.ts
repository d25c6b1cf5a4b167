/** The built page of the console, below the root of the repository. */
export const consolePage = 'apps/console/dist/index.html';
