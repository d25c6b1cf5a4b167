import type { ButtonHTMLAttributes, ReactNode } from 'react';
import styles from './button.module.css';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: 'plain' | 'primary' | 'quiet' | 'danger';
  icon?: ReactNode;
}

export function Button({ kind = 'plain', icon, children, className, type = 'button', ...rest }: Props) {
  return (
    <button type={type} className={[buttonLook(kind), className].filter(Boolean).join(' ')} {...rest}>
      {icon}
      {children}
    </button>
  );
}

/** The class of a link that looks like a button. */
export function buttonLook(kind: NonNullable<Props['kind']> = 'plain'): string {
  return [styles['button'], styles[kind]].filter(Boolean).join(' ');
}

/** A button with an icon alone; its label is its accessible name and its tooltip. */
export function IconButton({
  label,
  icon,
  ...rest
}: Omit<Props, 'children' | 'icon'> & { label: string; icon: ReactNode }) {
  return (
    <Button kind="quiet" aria-label={label} title={label} {...rest} className={styles['square'] ?? ''}>
      {icon}
    </Button>
  );
}
