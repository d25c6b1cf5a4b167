import type { ButtonHTMLAttributes, ReactNode } from 'react';
import styles from './button.module.css';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: 'plain' | 'primary' | 'quiet' | 'danger';
  icon?: ReactNode;
}

export function Button({ kind = 'plain', icon, children, className, type = 'button', ...rest }: Props) {
  return (
    <button
      type={type}
      className={[styles['button'], styles[kind], className].filter(Boolean).join(' ')}
      {...rest}
    >
      {icon}
      {children}
    </button>
  );
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
